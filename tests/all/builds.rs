//! What is built, and how often: no library twice for the program, its tests and its build
//! scripts, and none of the program's for whoever embeds the library.

use crate::support::{has, missing, root, skip};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Libraries that a library of ours may bring along, itself included.
const MOST: usize = 150;

fn cargo(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("cargo")
        .args(arguments)
        .args(["--locked", "--offline"])
        // For what cargo says of its plan alone, which is not stable yet.
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(root())
        .output()
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Each library that a command would compile, with the features and profiles that it would be
/// compiled with. Without build scripts, and without what is compiled to be tested.
fn units(command: &[&str]) -> Result<BTreeMap<String, Vec<String>>, String> {
    let plan = cargo(&[command, &["--unit-graph", "-Zunstable-options"]].concat())?;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let mut units: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for unit in plan["units"].as_array().unwrap() {
        let kinds = unit["target"]["kind"].as_array().unwrap();
        if unit["mode"] == "build" && !kinds.iter().any(|kind| kind == "custom-build") {
            let library = format!("{} {}", unit["pkg_id"], unit["target"]["name"]);
            let mut profile = unit["profile"].clone();
            // That of tests has another name and is the same.
            profile.as_object_mut().unwrap().remove("name");
            let how = format!("{} {profile}", unit["features"]);
            units.entry(library).or_default().push(how);
        }
    }
    Ok(units)
}

#[test]
fn no_library_is_built_twice_for_program_tests_and_build_scripts() {
    if !has("cargo") {
        return missing("a cargo that this user may start");
    }
    let program = ["--package", "servo-webhooks-cli"];
    let plans: Result<Vec<_>, _> = [
        &["build", "--workspace", "--bins"][..],
        &["test", "--workspace", "--no-run"],
        &[&["build"][..], &program].concat(),
        &[&["build", "--release"][..], &program].concat(),
        &[&["build", "--profile", "dist"][..], &program].concat(),
    ]
    .iter()
    .map(|command| units(command))
    .collect();
    let plans = match plans {
        Err(why) if why.contains("unit-graph") => {
            return skip("builds::no_library_is_built_twice", "cargo tells no plan");
        }
        plans => plans.unwrap(),
    };
    for units in &plans {
        assert!(units.len() > 100, "{units:?}");
        for (library, ways) in units {
            assert_eq!(ways.len(), 1, "{library}: {ways:#?}");
        }
    }
    let [run, test, package, ..] = &plans[..] else {
        unreachable!("five plans")
    };
    for (library, ways) in run {
        assert_eq!(test[library], *ways, "{library}");
    }
    for (library, ways) in package {
        assert_eq!(run[library], *ways, "{library}");
    }
}

#[test]
fn whoever_embeds_the_library_builds_none_of_the_programs() {
    if !has("cargo") {
        return missing("a cargo that this user may start");
    }
    let tree = ["tree", "--package", "servo-webhooks", "--edges", "normal"];
    let names = ["--prefix", "none", "--format", "{p}"];
    let small = ["--no-default-features", "--features", "builtin"];
    for features in [&[][..], &small] {
        let said = cargo(&[&tree[..], &names, features].concat()).unwrap();
        // Name and version.
        let libraries: BTreeSet<(&str, &str)> = said
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, rest)| (name, rest.split(' ').next().unwrap_or_default()))
            .collect();
        let size = libraries.len();
        assert!(size <= MOST, "{size}: {libraries:?}");
        let names: BTreeSet<&str> = libraries.iter().map(|(name, _)| *name).collect();
        assert!(names.contains("wasmtime"), "{names:?}");
        for other in [
            "clap",
            "comfy-table",
            "cranelift-codegen",
            "expressions",
            "jsonschema",
            "wasmtime-wasi",
        ] {
            assert!(!names.contains(other), "{other}");
        }
    }
}
