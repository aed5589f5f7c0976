-- A connection by way of Neovim's client for language servers: header framing.
--
-- Before Neovim 0.10 that client talks to the standard input and output of a program only, so `nc` or `socat` is in
-- between. What else is special about it:
--
-- - An error -32800 never reaches the callback, which is why the broker answers nothing but a request that was ended by
--   `$/cancelRequest` with it.
-- - The client wants params that are tables. An empty one is sent as `[]`, which the broker takes for no params.

-- connect(HEARD, BRIDGE): HEARD gets the method and the params of each notification; BRIDGE is a program and its
-- arguments.
return function(heard, bridge)
  local ended = false
  local dispatchers = {
    notification = heard,
    on_exit = function() ended = true end,
    on_error = function(code, problem) error("client error " .. code .. ": " .. vim.inspect(problem)) end,
  }
  local client
  if vim.fn.has("nvim-0.10") == 1 then
    client = vim.lsp.rpc.connect(vim.env.SWIFTDOCK_SOCKET)(dispatchers)
  else
    client = vim.lsp.rpc.start(bridge[1], vim.list_slice(bridge, 2), dispatchers)
  end
  return {
    request = client.request,
    notify = client.notify,
    has_ended = function() return ended end,
  }
end
