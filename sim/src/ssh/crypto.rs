//! Which algorithms a release offers, and its host keys.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::keys::{Algorithm, HashAlg, PrivateKey};
use russh::server::Config;
use russh::{MethodKind, MethodSet, Preferred, SshId, cipher, kex, mac};

use crate::dialect::Dialect;
use crate::ros::world::World;

/// RSA keys take long to make, so there is a fixed choice; they protect nothing.
const RSA_KEYS: [&str; 4] = [
    include_str!("host_keys/rsa1"),
    include_str!("host_keys/rsa2"),
    include_str!("host_keys/rsa3"),
    include_str!("host_keys/rsa4"),
];

/// Which host keys a router has; another number, other keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostKey(pub u32);

impl HostKey {
    fn rsa(self) -> PrivateKey {
        let pem = RSA_KEYS[self.0 as usize % RSA_KEYS.len()];
        PrivateKey::from_openssh(pem).expect("the keys in the source are well formed")
    }

    fn ed25519(self) -> PrivateKey {
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&self.0.to_be_bytes());
        let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
        PrivateKey::new(pair, "").expect("an Ed25519 key pair can be a private key")
    }

    /// `SHA256:...` of each key a client may be shown, the preferred one first.
    pub(crate) fn fingerprints(self, world: &World) -> Vec<String> {
        self.keys(world).iter().map(|key| key.fingerprint(HashAlg::Sha256).to_string()).collect()
    }

    fn keys(self, world: &World) -> Vec<PrivateKey> {
        match world.dialect.is_v7() && wants_ed25519(world) {
            true => vec![self.ed25519(), self.rsa()],
            false => vec![self.rsa()],
        }
    }
}

fn wants_ed25519(world: &World) -> bool {
    let row = world.rows("ip ssh").first();
    row.is_some_and(|row| row.bytes("host-key-type") == b"ed25519")
}

pub(super) fn config(world: &World, key: HostKey) -> Arc<Config> {
    let is_strong = world.rows("ip ssh").first().is_some_and(|row| row.is("strong-crypto"));
    let methods = [MethodKind::PublicKey, MethodKind::Password];
    Arc::new(Config {
        server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-ROSSSH")),
        methods: MethodSet::from(&methods[..]),
        auth_rejection_time: Duration::ZERO,
        keys: key.keys(world),
        preferred: preferred(world.dialect, is_strong),
        inactivity_timeout: None,
        nodelay: true,
        ..Config::default()
    })
}

fn preferred(dialect: Dialect, is_strong: bool) -> Preferred {
    match (dialect.is_v7(), is_strong) {
        (false, false) => old_default(),
        (false, true) => old_strong(),
        (true, _) => modern(),
    }
}

fn old_default() -> Preferred {
    Preferred {
        kex: Cow::Borrowed(&[
            kex::DH_GEX_SHA256,
            kex::DH_GEX_SHA1,
            kex::DH_G14_SHA1,
            kex::DH_G1_SHA1,
        ]),
        key: Cow::Borrowed(&[Algorithm::Rsa { hash: None }]),
        cipher: Cow::Borrowed(&[
            cipher::AES_192_CTR,
            cipher::AES_128_CTR,
            cipher::AES_256_CTR,
            cipher::AES_192_CBC,
            cipher::AES_128_CBC,
            cipher::AES_256_CBC,
        ]),
        mac: Cow::Borrowed(&[mac::HMAC_SHA1]),
        ..Preferred::DEFAULT
    }
}

fn old_strong() -> Preferred {
    Preferred {
        kex: Cow::Borrowed(&[kex::DH_GEX_SHA256]),
        cipher: Cow::Borrowed(&[cipher::AES_256_CTR, cipher::AES_192_CTR]),
        mac: Cow::Borrowed(&[mac::HMAC_SHA256]),
        ..old_default()
    }
}

fn modern() -> Preferred {
    const SHA512: Algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha512) };
    const SHA256: Algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha256) };
    Preferred {
        kex: Cow::Borrowed(&[
            kex::CURVE25519,
            kex::CURVE25519_PRE_RFC_8731,
            kex::DH_GEX_SHA256,
            kex::DH_G14_SHA256,
            kex::EXTENSION_SUPPORT_AS_SERVER,
        ]),
        key: Cow::Borrowed(&[Algorithm::Ed25519, SHA512, SHA256, Algorithm::Rsa { hash: None }]),
        cipher: Cow::Borrowed(&[
            cipher::CHACHA20_POLY1305,
            cipher::AES_256_GCM,
            cipher::AES_256_CTR,
            cipher::AES_192_CTR,
            cipher::AES_128_CTR,
        ]),
        mac: Cow::Borrowed(&[mac::HMAC_SHA256, mac::HMAC_SHA512]),
        ..Preferred::DEFAULT
    }
}
