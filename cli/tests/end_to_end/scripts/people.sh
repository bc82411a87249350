# People's accounts.
gpuaas users create ada@example.org --name 'Ada Lovelace' --role platform_auditor --role platform_ops_read
gpuaas users create ada@example.org
gpuaas users create nobody
gpuaas users list
gpuaas users show ada@example.org
gpuaas users set-roles ada@example.org platform_ops_write
gpuaas users set-roles ada@example.org
gpuaas users disable ada@example.org
gpuaas users list --status disabled
gpuaas users enable ada@example.org
gpuaas users me
gpuaas users update-me --name 'The Operator'
gpuaas users show ada@example.org --json
# A person is erased: nothing can be read of them any more, and the address is free.
gpuaas users create eve@example.org --name Eve > eve
gpuaas users erase eve@example.org --dry-run
gpuaas users erase eve@example.org
gpuaas users erase eve@example.org
gpuaas users erase "$(awk '/^id/ {print $2}' eve)"
gpuaas users erase admin@gpuaas.invalid
gpuaas users list --status erased
gpuaas users create eve@example.org --name 'Another Eve'
gpuaas audit export log.gpulog > exported
gpuaas audit verify log.gpulog | grep erased | sed 's/, at .*//'
# One's own tokens.
gpuaas tokens create laptop --expires-in 12h > token
gpuaas tokens list
gpuaas users me --token-file token
gpuaas tokens create laptop --expires-in soon
gpuaas tokens revoke "$(gpuaas tokens list | awk '/laptop/ {print $1}')"
gpuaas users me --token-file token
gpuaas tokens list --status revoked
gpuaas tokens create trial --dry-run
# The operator's token is replaced; the commands find the new one.
cp data/admin.token old
gpuaas admin rotate-token
gpuaas users me --token-file old
gpuaas users me
