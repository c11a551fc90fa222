//! The trust stores of distributions other than this one, laid out on a copy of /etc that only
//! one run sees.

use crate::support::{Project, User};

/// Puts a copy of /etc in place of the real one, without its trust stores. `$B` is a bundle.
const PREPARE: &str = "
    mount -t tmpfs none /mnt
    cp -a /etc /mnt/etc 2>/dev/null || true
    cp /etc/ssl/certs/ca-certificates.crt /mnt/bundle
    rm -rf /mnt/etc/ssl /mnt/etc/pki /mnt/etc/ca-certificates /mnt/etc/firefox
    mount --bind /mnt/etc /etc
    B=/mnt/bundle
    cd /etc
";

/// A distribution: how its trust stores are laid out, and where a program built for it reads
/// a bundle and a folder.
struct Layout {
    name: &'static str,
    make: &'static str,
    bundles: &'static [&'static str],
    folders: &'static [&'static str],
    /// Files that must be there besides.
    also: &'static [&'static str],
}

const LAYOUTS: &[Layout] = &[
    Layout {
        name: "Fedora",
        make: "
            mkdir -p pki/ca-trust/extracted/pem/directory-hash pki/ca-trust/source/anchors pki/tls/certs ssl
            cp $B pki/ca-trust/extracted/pem/tls-ca-bundle.pem
            ln -s ../../ca-trust/extracted/pem/tls-ca-bundle.pem pki/tls/certs/ca-bundle.crt
            ln -s certs/ca-bundle.crt pki/tls/cert.pem
            ln -s ../pki/tls/certs ssl/certs
            ln -s /etc/pki/tls/cert.pem ssl/cert.pem",
        bundles: &[
            "pki/tls/certs/ca-bundle.crt",
            "pki/tls/cert.pem",
            "ssl/cert.pem",
            "pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        ],
        folders: &["ssl/certs", "pki/tls/certs", "pki/ca-trust/extracted/pem/directory-hash"],
        also: &["pki/ca-trust/source/anchors/apptrace-simulated-internet.pem"],
    },
    Layout {
        name: "Alpine",
        make: "
            mkdir -p ssl/certs
            cp $B ssl/certs/ca-certificates.crt
            ln -s certs/ca-certificates.crt ssl/cert.pem",
        bundles: &["ssl/certs/ca-certificates.crt", "ssl/cert.pem"],
        folders: &["ssl/certs"],
        also: &[],
    },
    Layout {
        name: "openSUSE",
        make: "
            mkdir -p /mnt/lib/ca-certificates/pem ssl pki/trust/anchors
            cp $B /mnt/lib/ca-certificates/ca-bundle.pem
            mount --bind /mnt/lib /var/lib
            ln -s /var/lib/ca-certificates/ca-bundle.pem ssl/ca-bundle.pem
            ln -s /var/lib/ca-certificates/pem ssl/certs",
        bundles: &["ssl/ca-bundle.pem", "/var/lib/ca-certificates/ca-bundle.pem"],
        folders: &["ssl/certs", "/var/lib/ca-certificates/pem"],
        also: &["pki/trust/anchors/apptrace-simulated-internet.pem"],
    },
    Layout {
        name: "Arch",
        make: "
            mkdir -p ssl/certs ca-certificates/extracted/cadir ca-certificates/trust-source/anchors
            cp $B ca-certificates/extracted/tls-ca-bundle.pem
            ln -s ../../ca-certificates/extracted/tls-ca-bundle.pem ssl/certs/ca-certificates.crt
            ln -s ../ca-certificates/extracted/tls-ca-bundle.pem ssl/cert.pem",
        bundles: &["ssl/certs/ca-certificates.crt", "ssl/cert.pem"],
        folders: &["ssl/certs", "ca-certificates/extracted/cadir"],
        also: &["ca-certificates/trust-source/anchors/apptrace-simulated-internet.pem"],
    },
    Layout {
        name: "NixOS",
        make: "
            mkdir -p /mnt/store ssl/certs pki/tls/certs static/ssl/certs
            cp $B /mnt/store/ca-bundle.crt
            ln -s /mnt/store/ca-bundle.crt static/ssl/certs/ca-bundle.crt
            ln -s /etc/static/ssl/certs/ca-bundle.crt ssl/certs/ca-bundle.crt
            ln -s /etc/static/ssl/certs/ca-bundle.crt ssl/certs/ca-certificates.crt
            ln -s /etc/static/ssl/certs/ca-bundle.crt pki/tls/certs/ca-bundle.crt",
        bundles: &[
            "ssl/certs/ca-bundle.crt",
            "ssl/certs/ca-certificates.crt",
            "pki/tls/certs/ca-bundle.crt",
            "/mnt/store/ca-bundle.crt",
        ],
        folders: &["ssl/certs"],
        also: &[],
    },
    Layout {
        name: "without any certificates",
        make: "mkdir ssl firefox; echo own > ssl/openssl.cnf; echo own > firefox/own",
        bundles: &["ssl/certs/ca-certificates.crt"],
        folders: &["ssl/certs"],
        also: &["ssl/openssl.cnf", "firefox/own", "firefox/policies/policies.json"],
    },
    Layout {
        name: "without anything",
        make: "true",
        bundles: &["ssl/certs/ca-certificates.crt"],
        folders: &["ssl/certs"],
        also: &["firefox/policies/policies.json", "thunderbird/policies/policies.json"],
    },
];

/// What the layout's files are before the run and after it.
const LIST: &str =
    "find /etc /mnt -type f ! -name before ! -name after -exec md5sum {} + 2>/dev/null | sort";

#[test]
fn the_stores_of_every_distribution_are_shown_with_the_certificate() {
    for user in User::all() {
        for layout in LAYOUTS {
            let script = format!(
                "{PREPARE} {make}; {LIST} > /mnt/before; cd \"$OLDPWD\"; \"$@\"; code=$?
                 {LIST} > /mnt/after; diff /mnt/before /mnt/after >&2 && exit $code",
                make = layout.make,
            );
            let words =
                ["unshare", "--user", "--map-root-user", "--mount", "sh", "-e", "-c", &script];
            let project = Project::of(user).wrapped(&[&words[..], &["sh"]].concat());
            let bundles = layout.bundles.iter().map(|bundle| {
                format!("fetch --capath /dev/null --cacert {bundle} https://bundle.example")
            });
            let folders = layout.folders.iter().map(|folder| {
                format!("fetch --cacert $HOME/other --capath {folder} https://folder.example")
            });
            let also = layout.also.iter().map(|file| format!("test -s {file} || echo no {file}"));
            let checks: Vec<String> = bundles.chain(folders).chain(also).collect();
            let seen = project.inside(&format!(
                "cd /etc; sed '/END/q' /mnt/bundle > $HOME/other
                 fetch() {{ curl -sS -o /dev/null \"$@\" || echo \"not by $*\"; }}\n{}",
                checks.join("\n")
            ));
            assert_eq!(seen, "", "{} as {user:?}", layout.name);
        }
    }
}
