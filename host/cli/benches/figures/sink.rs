//! nginx, which answers what it is asked to.

use super::process;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// nginx in a single process; ends when it is dropped.
pub struct Sink {
    nginx: Child,
    ports: Vec<u16>,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

impl Sink {
    /// Answers 200 on so many ports; beside it 503 for what is to wait at `/busy`, and
    /// for five in a hundred at `/failing`, where each answer is a line of `answers` in
    /// the folder. None without nginx.
    pub fn start(folder: &Path, count: usize) -> Option<Self> {
        if !process::has("nginx") {
            return None;
        }
        let free: Vec<TcpListener> = (0..count)
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let ports: Vec<u16> = free
            .iter()
            .map(|listener| listener.local_addr().unwrap().port())
            .collect();
        drop(free);
        let listen: String = ports
            .iter()
            .map(|port| format!("listen 127.0.0.1:{port};"))
            .collect();
        let text = format!(
            "daemon off; master_process off; pid {0}/pid; error_log {0}/log;
             events {{ worker_connections 16384; }}
             http {{
                 access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
                 client_body_buffer_size 64k; client_max_body_size 32m;
                 client_body_temp_path {0}; proxy_temp_path {0}; fastcgi_temp_path {0};
                 uwsgi_temp_path {0}; scgi_temp_path {0};
                 split_clients $request_id $failing {{ 5% 1; * 0; }}
                 log_format status $status;
                 server {{
                     {listen}
                     location / {{ return 200; }}
                     location /busy {{ add_header Retry-After 3000 always; return 503; }}
                     location /failing {{
                         access_log {0}/answers status buffer=64k flush=1s;
                         if ($failing) {{ return 503; }}
                         return 200;
                     }}
                 }}
             }}",
            folder.display()
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, text).unwrap();
        let mut nginx = Command::new("nginx")
            .arg("-c")
            .arg(&file)
            .env(
                "PATH",
                format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()),
            )
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", ports[0])).is_err() {
            assert!(nginx.try_wait().unwrap().is_none(), "nginx did not start");
            assert!(started.elapsed() < Duration::from_secs(10), "no nginx");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { nginx, ports })
    }

    /// Its first URL.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports[0])
    }

    /// All of them.
    pub fn urls(&self) -> impl Iterator<Item = String> {
        self.ports
            .iter()
            .map(|port| format!("http://127.0.0.1:{port}/"))
    }
}
