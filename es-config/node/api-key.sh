#!/usr/bin/env bash
# When Elasticsearch is up: the API key for programs, made once, and a settings file for them. A key that Elasticsearch
# knows keeps its value and gets the rights of $ROLE; to replace it, remove the file api-key and run this again.
set -euo pipefail
umask 027
: "${SECRETS:?}" "${ACCESS:?}" "${ROLE:?}" "${URLS:?}"

api="${URLS%%,*}/_security"
roles="{\"cbir\": $(cat "$ROLE")}"

request() { # request METHOD PATH [ARGUMENT...]: whatever logs in comes from a configuration file of curl's
  curl --silent --show-error --retry 5 --retry-connrefused --max-time 60 --cacert "$SECRETS/node/ca.crt" \
    --header "Content-Type: application/json" --request "$1" "$api/$2" "${@:3}"
}
as_elastic() { # as_elastic METHOD PATH [ARGUMENT...]: the answer; one that refuses is shown and ends the script
  local answer
  answer=$(request "$@" --config "$SECRETS/login" --fail-with-body) || { echo "$answer" >&2 && exit 1; }
  echo "$answer"
}
known() { # known KEY: does Elasticsearch know it? Ends the script where it does not say.
  local status
  status=$(printf 'header = "Authorization: ApiKey %s"\n' "$1" |
    request GET _authenticate --config - --write-out '\n%{http_code}' | tail -n 1)
  case $status in
    200) return 0 ;;
    401) return 1 ;;
    *) echo "Elasticsearch answers $status to the API key." >&2 && exit 1 ;;
  esac
}
save() { # save NAME: the input as a file, whole or not at all
  cat >"$ACCESS/.$1"
  mv "$ACCESS/.$1" "$ACCESS/$1"
}

key=$(cat "$ACCESS/api-key" 2>/dev/null || true)
if [ -n "$key" ] && known "$key"; then
  id=$(base64 -d <<<"$key" | cut -d : -f 1)
  as_elastic PUT "api_key/$id" --data "{\"role_descriptors\": $roles}" >/dev/null
else
  echo "Making the API key"
  as_elastic DELETE api_key --data '{"name": "cbir", "owner": true}' >/dev/null
  key=$(as_elastic POST api_key --data "{\"name\": \"cbir\", \"role_descriptors\": $roles}" |
    sed -n -E 's/.*"encoded" *: *"([^"]+)".*/\1/p')
  save api-key <<<"$key"
fi

save cbir.toml <<END
engine = "elasticsearch"
elasticsearch_url = "$URLS"
elasticsearch_ca = "$ACCESS/ca.crt"
elasticsearch_api_key = "$key"
END
