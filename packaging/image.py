"""Makes the container image: an archive in the OCI layout that podman, skopeo and docker load, without any daemon.

    image.py BINARY ARCHITECTURE VERSION OUT DOCUMENT...

In it are the program, an empty data folder and the documents (licences), and nothing else: no shell, no user database, no
certificate store, since the roots are compiled in. The same input gives the same bytes.
"""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
from datetime import datetime, timezone

EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])
CREATED = datetime.fromtimestamp(EPOCH, timezone.utc).isoformat().replace("+00:00", "Z")
USER = 65532
TYPES = "application/vnd.oci.image."
# Health checks are asked this often, and given this long, in nanoseconds.
SECOND = 1_000_000_000


def entry(name, mode, owner=0, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.mode, info.uid, info.gid, info.mtime, info.type = mode, owner, owner, EPOCH, kind
    return info


def archive(entries):
    """A tar of (entry, bytes), in the order given."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for info, content in entries:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def layer(binary, documents):
    folder = tarfile.DIRTYPE
    yield entry("data", 0o700, USER, folder), b""
    yield entry("licenses", 0o755, kind=folder), b""
    for path in documents:
        yield entry(f"licenses/{os.path.basename(path)}", 0o644), read(path)
    yield entry("quittance", 0o755), read(binary)
    # The demo keeps its data there.
    yield entry("tmp", 0o1777, kind=folder), b""


def read(path):
    with open(path, "rb") as file:
        return file.read()


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def described(media_type, content):
    return {"mediaType": TYPES + media_type, "digest": digest(content), "size": len(content)}


def as_json(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def configuration(architecture, version, plain_layer):
    return {
        "architecture": architecture,
        "os": "linux",
        "created": CREATED,
        "config": {
            "User": f"{USER}:{USER}",
            "WorkingDir": "/data",
            "Entrypoint": ["/quittance"],
            "Cmd": ["serve"],
            "Env": [
                "QUITTANCE_DATA_DIR=/data",
                "QUITTANCE_SERVER__LISTEN=0.0.0.0:8080",
                "QUITTANCE_SERVER__PUBLIC_URL=http://127.0.0.1:8080",
            ],
            "ExposedPorts": {"8080/tcp": {}},
            "Volumes": {"/data": {}},
            "StopSignal": "SIGTERM",
            "Healthcheck": {
                "Test": ["CMD", "/quittance", "healthcheck"],
                "Interval": 30 * SECOND,
                "Timeout": 10 * SECOND,
                "StartPeriod": 60 * SECOND,
                "Retries": 3,
            },
            "Labels": {
                "org.opencontainers.image.title": "Quittance",
                "org.opencontainers.image.description": "Self-hosted invoicing that proves every payment",
                "org.opencontainers.image.licenses": "Apache-2.0",
                "org.opencontainers.image.version": version,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(plain_layer)]},
        "history": [{"created": CREATED, "created_by": "packaging/build"}],
    }


def main(binary, architecture, version, out, *documents):
    plain = archive(layer(binary, documents))
    packed = gzip.compress(plain, compresslevel=9, mtime=0)
    config = as_json(configuration(architecture, version, plain))
    manifest = as_json(
        {
            "schemaVersion": 2,
            "mediaType": TYPES + "manifest.v1+json",
            "config": described("config.v1+json", config),
            "layers": [described("layer.v1.tar+gzip", packed)],
        }
    )
    named = described("manifest.v1+json", manifest)
    named["annotations"] = {"org.opencontainers.image.ref.name": version}
    named["platform"] = {"architecture": architecture, "os": "linux"}
    index = as_json({"schemaVersion": 2, "mediaType": TYPES + "index.v1+json", "manifests": [named]})

    def blob(content):
        return "blobs/" + digest(content).replace(":", "/")

    # What `docker load` read before it knew the OCI layout, over the same blobs.
    legacy = as_json([{"Config": blob(config), "RepoTags": [f"quittance:{version}"], "Layers": [blob(packed)]}])
    files = {blob(content): content for content in (config, manifest, packed)}
    files |= {"index.json": index, "manifest.json": legacy, "oci-layout": as_json({"imageLayoutVersion": "1.0.0"})}
    folders = [(entry(name, 0o755, kind=tarfile.DIRTYPE), b"") for name in ("blobs", "blobs/sha256")]
    with open(out, "wb") as file:
        file.write(archive(folders + [(entry(name, 0o644), files[name]) for name in sorted(files)]))


main(*sys.argv[1:])
