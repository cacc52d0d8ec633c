//! Encrypted connections, users with passwords, and what each user may do.

use std::{fs, path::Path, process::Command};

use crate::support::{
    hub::Hub,
    program::{Run, gpu_ec, succeed},
};

/// Runs openssl in `folder`.
fn openssl(folder: &Path, words: &str) {
    let output = Command::new("openssl").args(words.split(' ')).current_dir(folder).output().expect("openssl starts");
    assert!(output.status.success(), "openssl {words}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Makes an authority, and a certificate of it for each of server and client.
fn certificates(folder: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    openssl(folder, &format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=authority"));
    fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n").expect("written");
    for name in ["server", "client"] {
        let request = key.replace(" -days 2", "");
        openssl(folder, &format!("req {request} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        openssl(
            folder,
            &format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out {name}.pem -days 2 -extfile names"
            ),
        );
    }
}

#[test]
fn an_encrypted_hub_that_asks_for_certificates() {
    let folder = tempfile::tempdir().expect("a folder");
    certificates(folder.path());
    let file = |name: &str| folder.path().join(name).to_str().expect("a plain path").to_string();
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let (ca, cert, key, tls) = (file("ca.pem"), file("server.pem"), file("server.key"), port.to_string());
    let more = ["--tls-port", &tls, "--tls-ca-cert-file", &ca, "--tls-cert-file", &cert, "--tls-key-file", &key];
    let _hub = Hub::start(folder.path(), &more);
    let run = Run::in_folder(folder.path(), "run");
    let url = format!("rediss://127.0.0.1:{port}");
    let (client, client_key) = (file("client.pem"), file("client.key"));
    let known = ["--hub-ca", &ca, "--hub-cert", &client, "--hub-key", &client_key];
    succeed(&run.arguments(&[&["--hub", &url][..], &known].concat()));
    let table = succeed(&[&["hub", &url][..], &known].concat());
    assert!(table.contains("finished"), "{table}");
    let fails = |arguments: &[&str], what: &str| {
        let output = gpu_ec(&[&["hub", &url][..], arguments].concat()).output().expect("it starts");
        assert_ne!(output.status.code(), Some(0), "{what}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{what}");
    };
    fails(&[], "an authority that the system does not know");
    fails(&known[..2], "a client without a certificate");
}

/// The users of `examples/hub/users.acl`: a worker gets no further than its run; no secret is written anywhere.
#[test]
fn users_that_may_do_no_more_than_they_need() {
    let folder = tempfile::tempdir().expect("a folder");
    let acl = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hub/users.acl")).expect("the example");
    let lines = acl.lines().filter(|line| line.starts_with("user "));
    let lines: Vec<String> = lines.map(|line| line.replace("NAME", "shared").replace("PASSWORD", "s3cret")).collect();
    assert_eq!(lines.len(), 3, "default, leader, worker: {acl}");
    let file = folder.path().join("users.acl");
    fs::write(&file, lines.join("\n") + "\n").expect("written");
    let hub = Hub::start(folder.path(), &["--aclfile", file.to_str().expect("a plain path")]);
    let at = |user: &str| format!("redis://{user}:s3cret@127.0.0.1:{}", hub.port);
    let with = |user: &str, arguments: &[&str]| {
        let mut command = gpu_ec(arguments);
        command.env("GPU_EC_HUB", at(user)).env("LP_NUM_THREADS", "1");
        command
    };
    let (alone, shared) = (Run::in_folder(folder.path(), "alone"), Run::in_folder(folder.path(), "shared"));
    succeed(&alone.arguments(&[]));
    let mut worker = with("worker", &["worker", "--run", "shared"]).spawn().expect("it starts");
    let output = with("leader", &shared.arguments(&["--hub"])).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(worker.wait().expect("a child").success(), "the worker");
    shared.assert_same(&alone, "users");
    let other = with("worker", &["worker", "--run", "other"]).output().expect("it starts");
    let words = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(other.status.code() == Some(2) && words.contains("does not let this user"), "{words}");
    let nobody = gpu_ec(&["hub", &format!("redis://127.0.0.1:{}", hub.port)]).output().expect("it starts");
    assert_eq!(nobody.status.code(), Some(2), "{}", String::from_utf8_lossy(&nobody.stderr));
    for (name, bytes) in shared.contents() {
        assert!(!bytes.windows(6).any(|window| window == b"s3cret"), "{name} holds a secret");
    }
}
