# Prices hold from a moment on, and never reach back.
gpuaas skus create cpu-small --cpus 2 --memory-gib 4
gpuaas price-books create standard --currency EUR
gpuaas price-books create wholesale --currency eur
gpuaas usage-units register token_output --product token_factory --dimension count --description 'A token that a model wrote.'
gpuaas price-books set-price standard 2.5 --sku cpu-small
gpuaas price-books set-price standard 0.0015 --unit token_output
gpuaas price-books set-price standard 3 --sku cpu-small --from 2999-01-01T00:00:00Z
gpuaas price-books set-price standard 3 --sku cpu-small --from 1999-01-01T00:00:00Z
gpuaas price-books set-price standard -1 --sku cpu-small
gpuaas price-books set-price standard 3
gpuaas price-books withdraw-price standard --sku cpu-small --from 2999-01-01T00:00:00Z
gpuaas price-books withdraw-price standard --sku cpu-small --from 2999-01-01T00:00:00Z
gpuaas price-books list
gpuaas price-books show standard
gpuaas skus show cpu-small
# What an hour costs is told before it is asked for.
gpuaas orgs create acme
gpuaas projects create acme/vision
gpuaas allocations create acme/vision cpu-small --name lab
gpuaas allocations create acme/vision cpu-small --within 1s --wait
gpuaas allocations create acme/vision cpu-small --dry-run
gpuaas allocations list acme/vision --status requested
gpuaas allocations release acme/vision lab --wait
gpuaas allocations release acme/vision lab
gpuaas allocations show acme/vision nothing
# Products report what was used, once.
gpuaas usage-units list
gpuaas usage-units show token_output
gpuaas ledgers show acme
gpuaas ledgers open acme
gpuaas usage record acme/vision token_output 2048.5 --product token_factory --source gateway --event e1 --resource-type model_request --resource r1 --from "$(date -u +%FT%TZ)" --label model=tiny
gpuaas usage record acme/vision token_output 1 --product token_factory --source gateway --event e2 --resource-type model_request --resource r1 --from 2999-01-01T00:00:00Z
gpuaas usage record acme/vision nothing 1 --product token_factory --source gateway --event e3 --resource-type model_request --resource r1 --from "$(date -u +%FT%TZ)"
gpuaas usage record acme/vision token_output -1 --product token_factory --source gateway --event e4 --resource-type model_request --resource r1 --from "$(date -u +%FT%TZ)"
gpuaas usage events acme --project acme/vision --unit token_output
gpuaas usage allocations acme
gpuaas usage-units retire token_output
# The account, once the usage is rated.
for i in $(seq 100); do gpuaas ledgers postings acme | grep -q revenue && break; sleep 0.1; done
gpuaas ledgers postings acme | awk '{print $3, $5, $6, $7, $8}'
gpuaas ledgers postings acme --json
gpuaas ledgers show acme
# An interval is looked at, and billed once.
date -u -d '1 hour ago' +%FT%TZ > from
sleep 1; date -u +%FT%TZ > to
gpuaas invoices preview acme --from "$(cat from)" --to "$(cat to)"
gpuaas invoices issue acme --from "$(cat from)" --to "$(cat to)"
gpuaas invoices issue acme --from "$(cat from)" --to "$(cat to)"
gpuaas invoices list acme
gpuaas invoices show acme "$(gpuaas invoices list acme | awk 'NR == 2 {print $1}')"
gpuaas invoices document acme "$(gpuaas invoices list acme | awk 'NR == 2 {print $1}')"
gpuaas ledgers show acme --json
