#!/usr/bin/env bash
# What people write without a runner: three calls, each with a value of the one before.
set -euo pipefail

execute() {
  curl --silent --show-error --fail --header 'Content-Type: application/json' \
    --data "$1" "$MCP_BRIDGE_URL/mcp/execute"
}

customer=$(execute '{"server":"stripe","tool":"create_customer","params":{"email":"a@example.com"}}' | jq -r .result.id)
subscription=$(execute "$(jq -n --arg id "$customer" \
  '{server:"stripe",tool:"create_subscription",params:{customer:$id}}')" | jq -r .result.id)
execute "$(jq -n --arg id "$subscription" \
  '{server:"github",tool:"create_issue",params:{title:"New subscription \($id)"}}')" | jq -r .result.id
