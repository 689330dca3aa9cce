//! One order: placed or taken up again, proven, finalized, fetched.

use std::time::Duration;

use instant_acme::{
    AuthorizationHandle, AuthorizationStatus, CertificateIdentifier, Error, Identifier, NewOrder, Order, OrderStatus,
    RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};

use super::failure::{Cause, Failure};
use super::renewal;
use super::{Applicant, Signed, Way};
use crate::store::certificates::{Certificate, Pursuit};
use crate::tls::Identity;
use crate::tls::challenge::Displayed;

/// How long the authority may take to look, and to issue. Beyond it the order is taken up again at the next try.
const POLL_WITHIN: Duration = Duration::from_mins(2);

impl Applicant {
    /// A certificate that is stored, and its identity.
    pub(super) async fn order(&self, signed: &Signed, way: Way) -> Result<(Certificate, Identity), Failure> {
        let (mut order, key) = match self.order_under_way(signed).await? {
            Some(found) => found,
            None => self.place(signed).await?,
        };
        if order.state().status == OrderStatus::Pending {
            self.prove(&mut order, way).await?;
        }
        if order.state().status == OrderStatus::Ready {
            let request = signing_request(self.domain.as_str(), &key)?;
            order.finalize_csr(request.as_ref()).await.map_err(Failure::of)?;
        }
        let chain = order.poll_certificate(&patience()).await.map_err(Failure::of)?;
        self.keep(chain, &key).await
    }

    /// The order that an earlier try left, if it can still lead to a certificate.
    async fn order_under_way(&self, signed: &Signed) -> Result<Option<(Order, KeyPair)>, Failure> {
        let (name, directory) = (self.domain.as_str(), self.acme.directory.as_str());
        let found = self.store.read(|r| {
            let pursuit = r.pursuit(name, directory)?;
            Ok::<_, crate::store::Error>(pursuit.order.zip(r.order_key(&self.vault, name)?))
        });
        let Some((url, key)) = found.map_err(|error| Failure::of_store(&error))? else { return Ok(None) };
        let Ok(key) = KeyPair::from_pem(&key) else { return Ok(None) };
        match signed.account.order(url).await {
            Ok(mut order) => {
                let is_alive = !matches!(order.state().status, OrderStatus::Invalid);
                Ok(is_alive.then_some((order, key)))
            }
            // It is gone, or another account's.
            Err(Error::Api(_)) => Ok(None),
            Err(error) => Err(Failure::of(error)),
        }
    }

    /// Places an order. Its key is stored with it, before anybody is asked to sign for it.
    async fn place(&self, signed: &Signed) -> Result<(Order, KeyPair), Failure> {
        let identifiers = [Identifier::Dns(self.domain.as_str().to_owned())];
        let kept = self.kept().map_err(|error| Failure::of_store(&error))?;
        let replaced = kept.as_ref().filter(|(certificate, _)| certificate.ask_at.is_some());
        let replaced = replaced.and_then(|(_, identity)| CertificateIdentifier::try_from(identity.site()).ok());
        let order = match replaced {
            Some(replaced) => match signed.account.new_order(&NewOrder::new(&identifiers).replaces(replaced)).await {
                // It was replaced already, or cannot be: the renewal is an order like any other then.
                Err(Error::Api(_) | Error::Other(_) | Error::Unsupported(_)) => {
                    signed.account.new_order(&NewOrder::new(&identifiers)).await
                }
                answered => answered,
            },
            None => signed.account.new_order(&NewOrder::new(&identifiers)).await,
        };
        let order = match order {
            Err(Error::Api(problem)) if is_unknown_account(problem.r#type.as_deref()) => {
                self.forget_account().await?;
                return Err(Failure::of_problem(&problem, ""));
            }
            order => order.map_err(Failure::of)?,
        };
        let key = KeyPair::generate().map_err(|error| Failure::unexpected(error.to_string()))?;
        self.note_order(order.url().to_owned(), key.serialize_pem()).await?;
        Ok((order, key))
    }

    async fn note_order(&self, url: String, key: String) -> Result<(), Failure> {
        let (name, directory) = (self.domain.as_str().to_owned(), self.acme.directory.as_str().to_owned());
        let vault = self.vault.clone();
        vault.make_ready().map_err(|error| Failure::of_store(&error))?;
        let noted = self.store.write(move |w| {
            let pursuit = Pursuit { order: Some(url.clone()), ..w.pursuit(&name, &directory)? };
            w.put_order_key(&vault, &name, &key)?;
            w.put_pursuit(&name, &pursuit)
        });
        noted.await.map_err(|error| Failure::of_store(&error))
    }

    /// Puts the proofs on display, has the authority look, and waits for what it says.
    async fn prove(&self, order: &mut Order, way: Way) -> Result<(), Failure> {
        let mut displayed = Vec::new();
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let authorization = authorization.map_err(Failure::of)?;
            if authorization.status == AuthorizationStatus::Pending {
                displayed.push(self.display(authorization, way).await?);
            }
        }
        match order.poll_ready(&patience()).await {
            Ok(OrderStatus::Invalid) | Err(Error::Api(_)) => Err(self.what_was_found(order).await),
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::of(error)),
        }
    }

    async fn display(&self, mut authorization: AuthorizationHandle<'_>, way: Way) -> Result<Displayed, Failure> {
        let offered = authorization.challenge(way.kind());
        let mut challenge = offered.ok_or_else(|| Failure::new(Cause::Refused { words: way.not_offered() }))?;
        let (proof, challenges) = (challenge.key_authorization(), &self.certificates.challenges);
        let displayed = match way {
            Way::Http => challenges.answer(&challenge.token, proof.as_str()),
            Way::Tls => {
                let digest = proof.digest();
                let digest: &[u8; 32] =
                    digest.as_ref().try_into().map_err(|_| Failure::unexpected("its digest is too short"))?;
                let shown = challenges.show(self.domain.as_str(), digest);
                shown.map_err(|error| Failure::unexpected(error.to_string()))?
            }
        };
        challenge.set_ready().await.map_err(Failure::of)?;
        Ok(displayed)
    }

    /// Why the authority was not convinced.
    async fn what_was_found(&self, order: &mut Order) -> Failure {
        let name = self.domain.as_str();
        let mut authorizations = order.authorizations();
        while let Some(Ok(mut authorization)) = authorizations.next().await {
            let Ok(state) = authorization.refresh().await else { continue };
            if let Some(problem) = state.challenges.iter().find_map(|challenge| challenge.error.as_ref()) {
                return Failure::of_problem(problem, name);
            }
        }
        Failure::new(Cause::NotHere { name: name.to_owned(), words: "it gave no reason".to_owned() })
    }

    /// Looks at what was issued and stores it.
    async fn keep(&self, chain: String, key: &KeyPair) -> Result<(Certificate, Identity), Failure> {
        let (now, key) = (self.clock.now(), key.serialize_pem());
        let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes())
            .map_err(|error| Failure::unexpected(format!("what it issued cannot be used: {error}")))?;
        if !identity.is_for(self.domain.as_str()) {
            return Err(Failure::unexpected("what it issued is for another name"));
        }
        if !identity.is_good(now) {
            let skew = identity.life.from.as_second().saturating_sub(now.as_second());
            return Err(Failure::new(Cause::Clock { skew: Some(skew) }));
        }
        let certificate = Certificate {
            chain,
            directory: self.acme.directory.as_str().to_owned(),
            obtained_at: now,
            renew_at: renewal::usual(&identity),
            ask_at: Some(now),
        };
        let (vault, name, kept) = (self.vault.clone(), self.domain.as_str().to_owned(), certificate.clone());
        self.store
            .write(move |w| w.put_certificate(&vault, &name, &kept, &key))
            .await
            .map_err(|error| Failure::of_store(&error))?;
        Ok((certificate, identity))
    }
}

impl Way {
    fn not_offered(self) -> String {
        let port = if self == Self::Http { 80 } else { 443 };
        format!("it does not look at port {port}, and the other port is shut")
    }
}

fn is_unknown_account(sort: Option<&str>) -> bool {
    matches!(sort, Some("urn:ietf:params:acme:error:accountDoesNotExist" | "urn:ietf:params:acme:error:unauthorized"))
}

fn patience() -> RetryPolicy {
    RetryPolicy::new().timeout(POLL_WITHIN)
}

/// Asks for the name alone: authorities ignore everything else.
fn signing_request(name: &str, key: &KeyPair) -> Result<impl AsRef<[u8]>, Failure> {
    let broken = |error: rcgen::Error| Failure::unexpected(error.to_string());
    let mut parameters = CertificateParams::new([name.to_owned()]).map_err(broken)?;
    parameters.distinguished_name = DistinguishedName::new();
    Ok(parameters.serialize_request(key).map_err(broken)?.der().to_vec())
}
