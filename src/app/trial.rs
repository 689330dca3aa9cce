//! The appliance as a configuration would have it that is only tried.

use std::sync::Arc;

use super::{App, StartError};
use crate::clock::Clock;
use crate::config::Config;
use crate::resolve::Resolver;
use crate::store::Store;

impl App {
    /// An appliance that keeps nothing, for trying what the configuration names before there is data.
    ///
    /// # Errors
    /// Something that the configuration names cannot be used at all.
    pub fn without_data(config: Config, clock: Clock, resolver: Resolver) -> Result<Arc<Self>, StartError> {
        Self::over(Store::in_memory(clock.clone())?, config, clock, resolver)
    }

    /// The same appliance as another configuration would have it, for trying what that names.
    ///
    /// # Errors
    /// Something that the configuration names cannot be used at all.
    pub fn as_configured(&self, config: Config) -> Result<Arc<Self>, StartError> {
        let (presence, certificates) = (Arc::clone(&self.presence), Arc::clone(&self.certificates));
        Self::of(self.store.clone(), config, self.clock.clone(), self.resolver.clone(), presence, certificates)
    }
}
