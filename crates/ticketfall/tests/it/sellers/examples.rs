//! The worked examples answer what the documentation says.

use assert_cmd::Command;
use tempfile::TempDir;

use super::{Example, executable};

fn run(number: usize) {
    let (example, home) = (Example::of(number), TempDir::new().unwrap());
    example.write(home.path());
    let mut command = Command::new(executable());
    command.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin").current_dir(home.path());
    let output = command.args(example.typed.split(' ')).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(stdout, example.answered, "{stderr}");
    assert!(output.status.success() && stderr.is_empty(), "{stderr}");
}

#[test]
fn a_page_with_schema_org_is_read_as_documented() {
    run(1);
}

#[test]
fn an_api_without_holds_is_read_as_documented() {
    run(2);
}

#[test]
fn a_columnar_list_with_a_price_table_is_read_as_documented() {
    run(3);
}

#[test]
fn an_exchange_with_holds_is_read_as_documented() {
    run(4);
}
