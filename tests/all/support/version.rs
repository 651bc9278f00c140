//! Our connector, as if it were of another version of the contract.

use servo_webhooks::Component;
use wasm_encoder::{
    Alias, Component as Builder, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentInstanceSection, ComponentSectionId, RawSection,
};
use wit_component::DecodedWasm;

const NAME: &str = "servo:webhooks/connector@0.1.0";

/// Our connector, as if it were of another version; as long as ours.
pub fn renamed(version: &str) -> Vec<u8> {
    let other = format!("servo:webhooks/connector@{version}");
    assert_eq!(other.len(), NAME.len());
    let mut bytes = Component::built_in().bytes().to_vec();
    let mut at = 0;
    while let Some(found) = bytes[at..]
        .windows(NAME.len())
        .position(|part| part == NAME.as_bytes())
    {
        at += found + NAME.len();
        bytes[at - NAME.len()..at].copy_from_slice(other.as_bytes());
    }
    assert!(at > 0, "{NAME} is nowhere");
    bytes
}

/// Our connector as a later version, which has a function that ours has not.
pub fn later() -> Vec<u8> {
    let (inner, name) = (renamed("0.1.7"), NAME.replace("0.1.0", "0.1.7"));
    let DecodedWasm::Component(resolve, _) = wit_component::decode(&inner).unwrap() else {
        panic!("not a component")
    };
    let (_, interface) = resolve.interfaces.iter().next().unwrap();
    let mut outer = Builder::new();
    outer.section(&RawSection {
        id: ComponentSectionId::Component as u8,
        data: &inner,
    });
    // Instance 0 is the inner component, instance 1 what it exports.
    let mut instances = ComponentInstanceSection::new();
    instances.instantiate(0, Vec::<(&str, _, _)>::new());
    outer.section(&instances);
    let mut aliases = ComponentAliasSection::new();
    let mut alias = |instance, kind, name: &str| {
        aliases.alias(Alias::InstanceExport {
            instance,
            kind,
            name,
        });
    };
    alias(0, ComponentExportKind::Instance, &name);
    let mut exports: Vec<(&str, ComponentExportKind, u32)> = Vec::new();
    for (index, item) in (0..).zip(interface.types.keys()) {
        alias(1, ComponentExportKind::Type, item);
        exports.push((item, ComponentExportKind::Type, index));
    }
    for (index, item) in (0..).zip(interface.functions.keys()) {
        alias(1, ComponentExportKind::Func, item);
        exports.push((item, ComponentExportKind::Func, index));
    }
    outer.section(&aliases);
    let select = interface.functions.get_index_of("select").unwrap();
    let select = u32::try_from(select).unwrap();
    exports.push(("select-more", ComponentExportKind::Func, select));
    let mut instances = ComponentInstanceSection::new();
    instances.export_items(exports);
    outer.section(&instances);
    let mut section = ComponentExportSection::new();
    section.export(name.as_str(), ComponentExportKind::Instance, 2, None);
    outer.section(&section);
    outer.finish()
}
