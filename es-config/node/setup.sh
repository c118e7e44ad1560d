#!/usr/bin/env bash
# Before Elasticsearch starts: a certificate authority, the nodes' certificate, the password of the user `elastic`.
# What is there already stays. Runs as root in Elasticsearch's image, which has certutil and unzip, but no openssl.
set -euo pipefail
umask 077
: "${SECRETS:?}" "${ACCESS:?}" "${SNAPSHOTS:?}" "${NODES:?}" "${OWNER:?}"

# Things are made aside and then renamed, so that what an interrupted start leaves behind is never taken for whole.
rm -rf "$SECRETS"/.new.*
new=$(mktemp -d "$SECRETS/.new.XXXXXX")
trap 'rm -rf "$new"' EXIT

certutil() { # certutil ARGUMENT...: PEM files in a folder of $new
  elasticsearch-certutil "$@" --silent --pem --days 3650 --out "$new/made.zip"
  unzip -q "$new/made.zip" -d "$new"
  rm "$new/made.zip"
}

if [ ! -e "$SECRETS/authority" ]; then
  echo "Making the certificate authority"
  certutil ca --ca-dn CN=cbir
  mv "$new/ca" "$SECRETS/authority"
fi

if [ ! -e "$SECRETS/node" ]; then
  echo "Making the certificate of the nodes $NODES"
  certutil cert --name node --dns "$NODES,localhost" --ip 127.0.0.1 \
    --ca-cert "$SECRETS/authority/ca.crt" --ca-key "$SECRETS/authority/ca.key"
  cp "$SECRETS/authority/ca.crt" "$new/node"
  cat "$SECRETS/authority/ca.crt" >>"$new/node/node.crt" # for clients that know the authority by its fingerprint
  mv "$new/node" "$SECRETS/node"
fi

if [ ! -e "$SECRETS/password" ]; then
  echo "Making the password of the user elastic"
  head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$new/password"
  mv "$new/password" "$SECRETS/password"
fi

# The password for curl is in a file, because everybody on a machine sees the arguments of its commands.
printf 'user = "elastic:%s"\n' "$(cat "$SECRETS/password")" >"$new/login"
mv "$new/login" "$SECRETS/login"
cp "$SECRETS/authority/ca.crt" "$ACCESS/ca.crt"

chmod 755 "$SECRETS"
chown -R "$OWNER" "$SECRETS/node" "$SECRETS/password" "$SECRETS/login" "$ACCESS" "$SNAPSHOTS"
chmod 750 "$ACCESS"
chmod 640 "$ACCESS"/*
