//! Whether somebody serves the data directory now.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// Whether a server, or a worker in the foreground, is there to be woken. Its lock is not tried
/// for this: whoever holds it for a moment only, would keep a server from starting.
pub fn is_running(data_dir: &Path) -> bool {
    let socket = UnixDatagram::unbound();
    match socket.and_then(|it| it.connect(data_dir.join("wake.sock"))) {
        Ok(()) => true,
        // What a process that died left behind refuses; what we may not touch is somebody's.
        Err(error) => error.kind() == ErrorKind::PermissionDenied,
    }
}

#[test]
fn a_server_is_there_while_its_socket_is_held() {
    let dir = tempfile::tempdir().unwrap();
    assert!(!is_running(dir.path()));
    let socket = UnixDatagram::bind(dir.path().join("wake.sock")).unwrap();
    assert!(is_running(dir.path()));
    drop(socket);
    assert!(!is_running(dir.path()), "its file is still there");
}
