# An organization is made, changed and shown, to people and to programs.
gpuaas orgs list
gpuaas orgs create acme --name 'Acme Corporation'
gpuaas orgs create zeta
gpuaas orgs list
gpuaas orgs update acme --name 'Größe & Co' --if-version 1
gpuaas orgs show acme
gpuaas orgs show acme --json
gpuaas orgs list --json
# What is refused changes nothing.
gpuaas orgs create acme
gpuaas orgs create Acme
gpuaas orgs update acme --name Other --if-version 1
gpuaas orgs update acme --slug zeta --json
gpuaas orgs show nobody
gpuaas orgs show nobody --json
gpuaas orgs show org_00000000000000000000000000
gpuaas orgs create trial --dry-run
gpuaas orgs list
# The same key gives the first answer again.
gpuaas orgs create once --idempotency-key a
gpuaas orgs create once --idempotency-key a
gpuaas orgs create twice --idempotency-key a
# A command that is not well formed is not sent.
gpuaas orgs show
