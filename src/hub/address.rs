//! Where a hub is, and how to get in. Secrets come from the environment or from files, and no message shows them.

use std::{fmt, fs, path::PathBuf, time::Duration};

use redis::{Client, ClientTlsConfig, Connection, TlsCertificates};

use super::HubError;

/// Variable that holds the address with its password, if none is given on the command line.
pub const VARIABLE: &str = "GPU_EC_HUB";
/// Time after which a server that does not take a connection is away.
const CONNECT: Duration = Duration::from_secs(5);
/// Time after which a server that takes or gives no bytes is away; longer than any call waits for work.
const SILENCE: Duration = Duration::from_secs(10);
/// Size of the largest file of an address, a certificate or a key, bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// Files for encrypted connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certificates {
    /// Certificates of the authorities that are trusted, PEM; those of the system without it.
    pub authority: Option<PathBuf>,
    /// Certificate of this client and its key, PEM.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// Address of a server.
#[derive(Clone)]
pub struct Address {
    client: Client,
    shown: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.shown)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Address {
    /// Reads an address from the command line: `redis://HOST:PORT`, `rediss://HOST:PORT` or `file:PATH`, a file with
    /// the address. Without one, the variable [`VARIABLE`] holds it.
    ///
    /// Errors: a password among the arguments, where every user of the machine can read it; files that cannot be read;
    /// text that is no address.
    pub fn find(given: Option<&str>, certificates: &Certificates) -> Result<Self, HubError> {
        let text = match given.map(|text| (text, text.strip_prefix("file:"))) {
            Some((_, Some(path))) => String::from_utf8(read(&PathBuf::from(path))?)
                .map_err(|_| HubError::Refused(format!("--hub: {path} is not text")))?,
            Some((text, None)) if has_password(text) => {
                return Err(HubError::Refused(format!(
                    "--hub: do not put a password among the arguments, where every user of this machine can read it; set {VARIABLE} \
                     to the address instead, or give --hub file:PATH"
                )));
            }
            Some((text, None)) => text.into(),
            None => std::env::var(VARIABLE).map_err(|_| {
                HubError::Refused(format!("there is no address: give --hub redis://HOST:6379, or set {VARIABLE} to it"))
            })?,
        };
        Self::new(text.trim(), certificates)
    }

    /// Reads `text`, which may hold a password.
    pub fn new(text: &str, certificates: &Certificates) -> Result<Self, HubError> {
        let shown = without_secret(text);
        let refuse = |reason: String| HubError::Refused(format!("--hub: `{shown}` {reason}"));
        if !["redis://", "rediss://"].iter().any(|scheme| text.starts_with(scheme)) {
            let remedy =
                "is no address of a server: write redis://HOST:PORT, or rediss://HOST:PORT for an encrypted one";
            return Err(refuse(remedy.into()));
        }
        let client = if text.starts_with("rediss://") {
            Client::build_with_tls(text, certificates.read()?)
        } else if *certificates == Certificates::default() {
            Client::open(text)
        } else {
            return Err(refuse("is not encrypted, so certificates are of no use: write rediss://".into()));
        };
        let client = client.map_err(|error| refuse(format!("cannot be used: {}", plain(&error.to_string(), text))))?;
        Ok(Self { client, shown })
    }

    /// Connects to the server.
    pub fn connect(&self) -> Result<Connection, HubError> {
        let connect = || {
            let connection = self.client.get_connection_with_timeout(CONNECT)?;
            connection.set_read_timeout(Some(SILENCE))?;
            connection.set_write_timeout(Some(SILENCE))?;
            Ok(connection)
        };
        connect().map_err(|error: redis::RedisError| match HubError::from(error) {
            HubError::Away(text) => HubError::Away(format!("{}: {text}", self.shown)),
            HubError::Refused(text) => HubError::Refused(format!("{}: {text}", self.shown)),
            other => other,
        })
    }
}

impl Certificates {
    fn read(&self) -> Result<TlsCertificates, HubError> {
        let root_cert = self.authority.as_ref().map(read).transpose()?;
        let client = self.client.as_ref();
        let client_tls = client
            .map(|(certificate, key)| {
                Ok::<_, HubError>(ClientTlsConfig { client_cert: read(certificate)?, client_key: read(key)? })
            })
            .transpose()?;
        Ok(TlsCertificates { client_tls, root_cert })
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, HubError> {
    let refuse = |reason: String| HubError::Refused(format!("{}: {reason}", path.display()));
    let size = fs::metadata(path).map_err(|error| refuse(error.to_string()))?.len();
    if size > LARGEST_FILE {
        return Err(refuse(format!("it has {size} bytes, more than any address, certificate or key ({LARGEST_FILE})")));
    }
    fs::read(path).map_err(|error| refuse(error.to_string()))
}

/// Returns what stands between scheme and `@`, if there is an `@`.
fn user_part(text: &str) -> Option<(usize, usize)> {
    let from = text.find("://")? + 3;
    let host = text[from..].find('/').map_or(text.len(), |at| from + at);
    // a password may hold a slash
    let at = text[from..host].rfind('@').or_else(|| text[from..].rfind('@'))?;
    Some((from, from + at))
}

fn has_password(text: &str) -> bool {
    user_part(text).is_some_and(|(from, to)| text[from..to].contains(':'))
}

/// Returns the address with `***` in place of a password.
fn without_secret(text: &str) -> String {
    match user_part(text) {
        Some((from, to)) => {
            let user = text[from..to].split(':').next().unwrap_or_default();
            format!("{}{user}:***{}", &text[..from], &text[to..])
        }
        None => text.into(),
    }
}

/// Returns a message about `text` that does not hold its password.
fn plain(message: &str, text: &str) -> String {
    let secret = user_part(text).and_then(|(from, to)| text[from..to].split_once(':'));
    match secret.filter(|(_, secret)| !secret.is_empty()) {
        Some((_, secret)) => message.replace(secret, "***"),
        None => message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_shows_a_password() {
        for text in [
            "redis://leader:se/c@ret@host:6379",
            "http://:secret@host",
            "redis://u:secret@[::bad",
            "rediss://u:secret@h",
        ] {
            let address = Address::new(text, &Certificates::default());
            let shown = match &address {
                Ok(address) => format!("{address} {address:?}"),
                Err(error) => error.to_string(),
            };
            assert!(!shown.contains("ret@") && !shown.contains("secret"), "{text}: {shown}");
        }
        let error = Address::find(Some("redis://a:b@host"), &Certificates::default()).expect_err("an argument");
        assert!(error.to_string().contains(VARIABLE), "{error}");
    }

    #[test]
    fn certificates_need_an_encrypted_address() {
        let some = Certificates { authority: Some("ca.pem".into()), client: None };
        let error = Address::new("redis://host", &some).expect_err("no use");
        assert!(error.to_string().contains("rediss://"), "{error}");
        let error = Address::new("rediss://host", &some).expect_err("no file");
        assert!(error.to_string().contains("ca.pem"), "{error}");
    }
}
