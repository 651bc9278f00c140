//! The functions of the world `webhook-connector`, found once in a component.
//!
//! A fresh instance looks up and checks the type of the one function that it is called
//! for, where generated bindings would do it for all: a third of what a call costs.

use super::error::ComponentError;
use super::store::Guest;
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Lower,
};
use wasmtime::{Result, Store};

/// With the version that this host was written for; a later one of 0.1 is found too.
const INTERFACE: &str = "servo:webhooks/connector@0.1.0";

/// A function of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    ParseConfig,
    Select,
    Render,
    Sign,
    Judge,
    Schema,
    Sample,
}

impl Function {
    pub(super) const ALL: [Self; 7] = [
        Self::ParseConfig,
        Self::Select,
        Self::Render,
        Self::Sign,
        Self::Judge,
        Self::Schema,
        Self::Sample,
    ];

    /// As the WIT has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ParseConfig => "parse-config",
            Self::Select => "select",
            Self::Render => "render",
            Self::Sign => "sign",
            Self::Judge => "judge",
            Self::Schema => "schema",
            Self::Sample => "sample",
        }
    }
}

/// A component whose functions were found.
pub(super) struct Functions {
    pre: InstancePre<Guest>,
    /// In the order of [`Function::ALL`].
    exports: Vec<ComponentExportIndex>,
}

impl Functions {
    /// Finds them.
    ///
    /// # Errors
    /// If the component does not export them all.
    pub(super) fn find(
        component: &Component,
        pre: InstancePre<Guest>,
    ) -> Result<Self, ComponentError> {
        let missing = |what: &str| ComponentError::WrongWorld(format!("it has no {what}"));
        let interface = component
            .get_export_index(None, INTERFACE)
            .ok_or_else(|| missing(INTERFACE))?;
        let found = Function::ALL.map(|function| {
            component
                .get_export_index(Some(&interface), function.name())
                .ok_or_else(|| missing(function.name()))
        });
        Ok(Self {
            pre,
            exports: found.into_iter().collect::<Result<_, _>>()?,
        })
    }

    /// A new instance.
    pub(super) fn instantiate(&self, store: &mut Store<Guest>) -> Result<Instance> {
        self.pre.instantiate(store)
    }

    /// Calls a function of an instance.
    ///
    /// # Errors
    /// If it has another type, traps, or runs over the limits of the store.
    pub(super) fn call<P, R>(
        &self,
        instance: &Instance,
        store: &mut Store<Guest>,
        function: Function,
        parameters: P,
    ) -> Result<R>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        let export = &self.exports[function as usize];
        let function = instance.get_typed_func::<P, (R,)>(&mut *store, export)?;
        let (answer,) = function.call(store, parameters)?;
        Ok(answer)
    }
}
