//! Who may log in to a simulated router.

/// Someone who may log in to the router itself.
#[derive(Clone)]
pub struct Account {
    pub name: String,
    pub password: Option<String>,
    /// Public keys, as in `authorized_keys`.
    pub keys: Vec<String>,
    /// As `/user group` names them: `ssh`, `read`, `write`, `test`, `sensitive`, `ftp`, `policy`.
    pub policies: Vec<String>,
}

impl Account {
    /// May do what a client that provisions customers needs.
    pub fn new(name: &str, password: &str) -> Self {
        let policies = ["ssh", "read", "write", "test", "sensitive", "reboot", "policy"];
        Self {
            name: name.to_owned(),
            password: Some(password.to_owned()),
            keys: Vec::new(),
            policies: policies.map(str::to_owned).to_vec(),
        }
    }

    pub fn with_policies(mut self, policies: &[&str]) -> Self {
        self.policies = policies.iter().map(|policy| (*policy).to_owned()).collect();
        self
    }

    pub fn with_key(mut self, openssh: &str) -> Self {
        self.keys.push(openssh.to_owned());
        self
    }
}
