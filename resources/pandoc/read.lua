-- Reads documents from standard input and writes the tree of each, one line of JSON, to standard output.
-- A document has a line before it: pandoc's name of its format, a space, and its size in bytes.
-- Its reader runs in a sandbox: the last argument is the list of the files that it may open.

for header in io.lines() do
  local format, digits = header:match("^(%S+) (%d+)$")
  local size = tonumber(digits)
  local data = size > 0 and io.read(size) or ""  -- reading nothing waits for the next document
  local is_read, tree = pcall(function()
    return pandoc.write(pandoc.read(data, format, nil, {}), "json")
  end)
  io.write(is_read and tree or "{}", "\n")
  io.flush()
end
