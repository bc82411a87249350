# Events are sent to places, and what checks their signatures is told once.
gpuaas orgs create acme
gpuaas webhooks create acme https://1.1.1.1/hook --event invoice.issued --description "Our books"
gpuaas webhooks create acme https://1.1.1.1/keys --kind invoice --algorithm ed25519
gpuaas webhooks create acme https://1.1.1.1/hook --dry-run
gpuaas webhooks list acme
gpuaas webhooks list acme | awk 'NR == 2 {print $1}' > id
until gpuaas webhooks show acme "$(cat id)" | grep -q "done with"; do sleep 0.1; done
gpuaas webhooks show acme "$(cat id)"
# Where and which events are sent is changed, and so is the key.
gpuaas webhooks update acme "$(cat id)" --url https://1.1.1.1/other --kind ledger
gpuaas webhooks rotate-key acme "$(cat id)" --overlap 7d
gpuaas webhooks disable acme "$(cat id)"
gpuaas webhooks replay acme "$(cat id)" --after 0
gpuaas webhooks replay acme "$(cat id)" --after 1000
gpuaas webhooks enable acme "$(cat id)" | grep status
# What was given up is listed, and sent once more.
gpuaas webhooks dead-letters acme "$(cat id)"
gpuaas webhooks redeliver acme "$(cat id)" 7
# Private addresses are refused, and so is what would never be sent.
gpuaas webhooks create acme https://127.0.0.1/hook
gpuaas webhooks create acme "https://1.1.1.1/hook?token=secret"
gpuaas webhooks create acme https://1.1.1.1/hook --event project.exploded
gpuaas webhooks delete acme "$(cat id)" | grep status
gpuaas webhooks show acme "$(cat id)"
