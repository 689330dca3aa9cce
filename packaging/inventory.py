"""Says what is in the program: a bill of materials (CycloneDX 1.5) and the licences of everything that is linked into it.

    inventory.py TARGET VERSION SBOM LICENCES

Every crate of Cargo.lock is in the bill; what only tests, other systems or the build need is marked as excluded there. The
same input gives the same bytes.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
import uuid
from datetime import datetime, timezone

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LICENCE_FILE = re.compile(r"(un)?licen[cs]e|copying|notice|copyright", re.IGNORECASE)
# Linked in by the compiler, and no crates.
LIBRARIES = {
    "gnu": "The GNU C Library, LGPL-2.1-or-later. Its source is at https://sourceware.org/glibc/; that of Quittance, with which\n"
    "it can be linked anew, is published under the Apache License 2.0.",
    "musl": "The musl C library, MIT. Copyright 2005-2020 Rich Felker, et al. https://musl.libc.org/",
}


def metadata(target):
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def linked(found):
    """The ids of the packages that the program for this target is built from, but for build scripts."""
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    reached, waiting = set(), [found["resolve"]["root"]]
    while waiting:
        current = waiting.pop()
        if current in reached:
            continue
        reached.add(current)
        for need in nodes[current]["deps"]:
            if any(kind["kind"] is None for kind in need["dep_kinds"]):
                waiting.append(need["pkg"])
    return reached


def purl(name, version):
    return f"pkg:cargo/{name}@{version}"


def expression(package):
    """Old crates separate alternatives by a slash, which SPDX does not know."""
    return package["license"].replace("/", " OR ") if package["license"] else None


def component(locked, package, is_linked):
    name, version = locked["name"], locked["version"]
    told = {
        "type": "library",
        "bom-ref": purl(name, version),
        "name": name,
        "version": version,
        "purl": purl(name, version),
        "scope": "required" if is_linked else "excluded",
    }
    if "checksum" in locked:
        told["hashes"] = [{"alg": "SHA-256", "content": locked["checksum"]}]
    if package and expression(package):
        told["licenses"] = [{"expression": expression(package)}]
    return told


def needs(locked, versions):
    """The lines of Cargo.lock name a version only where there are several."""
    for line in locked.get("dependencies", []):
        name, *rest = line.split(" ")
        yield purl(name, rest[0] if rest else versions[name])


def bill(lock, packages, used, version):
    crates = [crate for crate in lock["package"] if "source" in crate]
    own = next(crate for crate in lock["package"] if crate["name"] == "quittance")
    versions = {crate["name"]: crate["version"] for crate in lock["package"]}
    at = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    components = [
        component(crate, packages.get(key), key in used) for crate in crates for key in [(crate["name"], crate["version"])]
    ]
    root = f"pkg:generic/quittance@{version}"
    dependencies = [{"ref": root, "dependsOn": sorted(needs(own, versions))}]
    dependencies += [
        {"ref": purl(crate["name"], crate["version"]), "dependsOn": sorted(needs(crate, versions))} for crate in crates
    ]
    told = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": at.isoformat().replace("+00:00", "Z"),
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "quittance",
                "version": version,
                "purl": root,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": components,
        "dependencies": dependencies,
    }
    # A name for exactly this bill.
    content = json.dumps(told, sort_keys=True)
    return {"serialNumber": uuid.uuid5(uuid.NAMESPACE_OID, content).urn, **told}


def texts(package):
    folder = os.path.dirname(package["manifest_path"])
    names = {name for name in os.listdir(folder) if LICENCE_FILE.match(name)}
    if package["license_file"]:
        names.add(package["license_file"])
    for name in sorted(names):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                yield "\n".join(line.rstrip() for line in file.read().strip().splitlines())


def licences(packages, target):
    """Each text once, under the crates that bear it."""
    bearers = {}
    for package in packages:
        for text in texts(package):
            bearers.setdefault(text, []).append(f"{package['name']} {package['version']}")
    lines = ["Quittance is built from the works of others, under these licences.", ""]
    lines += [f"{p['name']} {p['version']}: {expression(p) or 'see below'}" for p in packages]
    lines += ["The Rust standard library: MIT OR Apache-2.0"]
    libc = next((words for name, words in LIBRARIES.items() if target.endswith(name)), None)
    lines += [libc] if libc else []
    for text, names in sorted(bearers.items(), key=lambda item: item[1]):
        lines += ["", "=" * 80, ", ".join(names), "-" * 80, text]
    return "\n".join(lines) + "\n"


def main(target, version, sbom, licence_file):
    with open(os.path.join(ROOT, "Cargo.lock"), "rb") as file:
        lock = tomllib.load(file)
    found = metadata(target)
    ids = linked(found)
    packages = {(p["name"], p["version"]): p for p in found["packages"]}
    used = {key for key, package in packages.items() if package["id"] in ids}
    with open(sbom, "w", encoding="utf-8") as file:
        json.dump(bill(lock, packages, used, version), file, indent=1)
        file.write("\n")
    shipped = [packages[key] for key in sorted(used) if key[0] != "quittance"]
    with open(licence_file, "w", encoding="utf-8") as file:
        file.write(licences(shipped, target))


main(*sys.argv[1:])
