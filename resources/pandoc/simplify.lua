-- A filter of pandoc that turns what Markdown cannot hold into readable text, and counts it.
--
-- The last block of its answer is the line "<U+E000>simplified tables=1 pictures=2 underlines=0".

local MARK = utf8.char(0xE000)
local LONGEST_CELL = 400 -- bytes; tables with longer cells are page layouts

local counts = { tables = 0, pictures = 0, underlines = 0 }

local inlines_of

local function append(target, more)
  for _, item in ipairs(more) do
    target:insert(item)
  end
end

local function list_inlines(items, mark)
  local found = pandoc.Inlines {}
  for place, item in ipairs(items) do
    local content = inlines_of(item)
    if #content > 0 then
      if #found > 0 then
        append(found, { pandoc.Str ";", pandoc.Space() })
      end
      if mark then
        append(found, { pandoc.Str(mark(place)), pandoc.Space() })
      end
      append(found, content)
    end
  end
  return found
end

local function block_inlines(block)
  if block.tag == "Plain" or block.tag == "Para" or block.tag == "Header" then
    return block.content
  elseif block.tag == "BulletList" then
    return list_inlines(block.content, nil)
  elseif block.tag == "OrderedList" then
    return list_inlines(block.content, function(place)
      return (block.start + place - 1) .. "."
    end)
  elseif block.tag == "CodeBlock" then
    return { pandoc.Code((block.text:gsub("%s+", " "))) }
  elseif block.tag == "Div" or block.tag == "BlockQuote" then
    return inlines_of(block.content)
  end
  return pandoc.utils.blocks_to_inlines({ block }, { pandoc.Space() })
end

inlines_of = function(blocks)
  local found = pandoc.Inlines {}
  for _, block in ipairs(blocks) do
    local content = block_inlines(block)
    if #content > 0 then
      if #found > 0 then
        found:insert(pandoc.Space())
      end
      append(found, content)
    end
  end
  return found:walk {
    LineBreak = function()
      return pandoc.Space()
    end,
  }
end

local function rows_of(tbl)
  local head, body = {}, {}
  for _, row in ipairs(tbl.head.rows) do
    table.insert(head, row)
  end
  for _, part in ipairs(tbl.bodies) do
    for _, row in ipairs(part.head) do
      table.insert(body, row)
    end
    for _, row in ipairs(part.body) do
      table.insert(body, row)
    end
  end
  for _, row in ipairs(tbl.foot.rows) do
    table.insert(body, row)
  end
  return head, body
end

local function is_simple_cell(cell)
  if cell.row_span ~= 1 or cell.col_span ~= 1 or #cell.contents > 1 then
    return false
  end
  local block = cell.contents[1]
  if block == nil then
    return true
  end
  if block.tag ~= "Plain" and block.tag ~= "Para" then
    return false
  end
  local simple = true
  block:walk {
    LineBreak = function()
      simple = false
    end,
  }
  return simple
end

local function is_layout(rows, columns)
  if columns < 2 then
    return true
  end
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do
      for _, block in ipairs(cell.contents) do
        if block.tag == "Table" or block.tag == "Header" or block.tag == "Figure" then
          return true
        end
      end
      if #pandoc.utils.stringify(cell.contents) > LONGEST_CELL then
        return true
      end
    end
  end
  return false
end

local function unwrapped(tbl, rows)
  local blocks = pandoc.Blocks {}
  append(blocks, tbl.caption.long)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do
      append(blocks, cell.contents)
    end
  end
  return blocks:walk {
    Plain = function(plain)
      return pandoc.Para(plain.content)
    end,
  }
end

-- The rows as lists of inlines, a cell that spans others at its first place, the others empty.
local function grid_of(rows, columns)
  local grid, covered = {}, {}
  for number, row in ipairs(rows) do
    local line, column = {}, 1
    covered[number] = covered[number] or {}
    for _, cell in ipairs(row.cells) do
      while covered[number][column] do
        column = column + 1
      end
      if column > columns then
        break
      end
      line[column] = inlines_of(cell.contents)
      for below = number, math.min(#rows, number + cell.row_span - 1) do
        covered[below] = covered[below] or {}
        for beside = column, math.min(columns, column + cell.col_span - 1) do
          covered[below][beside] = true
        end
      end
    end
    grid[number] = line
  end
  return grid
end

local function pandoc_row(line, columns)
  local cells = {}
  for column = 1, columns do
    cells[column] = pandoc.Cell({ pandoc.Plain(line[column] or {}) })
  end
  return pandoc.Row(cells)
end

local function simplified_table(tbl)
  local head, body = rows_of(tbl)
  local columns, rows, simple = #tbl.colspecs, {}, #head < 2
  for _, part in ipairs { head, body } do
    for _, row in ipairs(part) do
      table.insert(rows, row)
      for _, cell in ipairs(row.cells) do
        simple = simple and is_simple_cell(cell)
      end
    end
  end
  if simple and columns > 1 then
    return nil
  end
  if is_layout(rows, columns) then
    if columns > 1 then
      counts.tables = counts.tables + 1
    end
    return unwrapped(tbl, rows)
  end
  counts.tables = counts.tables + 1
  local grid, made = grid_of(rows, columns), {}
  for number, line in ipairs(grid) do
    made[number] = pandoc_row(line, columns)
  end
  local first = {}
  if #head > 0 then
    first[1] = table.remove(made, 1)
  end
  local specs = {}
  for column, spec in ipairs(tbl.colspecs) do
    specs[column] = { spec[1], nil }
  end
  return pandoc.Table(
    tbl.caption,
    specs,
    pandoc.TableHead(first),
    { { attr = pandoc.Attr(), body = made, head = {}, row_head_columns = 0 } },
    pandoc.TableFoot()
  )
end

-- Emphasis that word processors in the browser write as styles.
local function styled(span)
  local style = (span.attributes.style or ""):lower():gsub("%s", "")
  local content = span.content
  if #content == 0 or style == "" then
    return nil
  end
  local changed = false
  if style:find("font%-weight:bold") or style:find("font%-weight:[6-9]00") then
    content, changed = { pandoc.Strong(content) }, true
  end
  if style:find("font%-style:italic") then
    content, changed = { pandoc.Emph(content) }, true
  end
  if style:find("text%-decoration[%a%-]*:line%-through") then
    content, changed = { pandoc.Strikeout(content) }, true
  end
  return changed and content or nil
end

-- Pictures within the document cannot be taken out; `packed` says that all are.
local function picture(image, packed)
  if image.src:sub(1, 5) == "data:" then
    counts.pictures = counts.pictures + 1
    return image.caption
  end
  if packed and not image.src:find("://") then
    counts.pictures = counts.pictures + 1
  end
  return nil
end

function Pandoc(doc)
  local packed = doc.meta.packed ~= nil
  doc = doc:walk {
    Span = styled,
    Image = function(image)
      return picture(image, packed)
    end,
    Underline = function()
      counts.underlines = counts.underlines + 1
    end,
  }
  doc.blocks = doc.blocks:walk { Table = simplified_table }
  local line = MARK .. "simplified"
  for _, name in ipairs { "tables", "pictures", "underlines" } do
    line = line .. " " .. name .. "=" .. counts[name]
  end
  doc.blocks:insert(pandoc.Para { pandoc.Str(line) })
  return doc
end
