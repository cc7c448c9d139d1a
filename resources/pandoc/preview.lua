-- A filter of pandoc for the preview: HTML without foreign markup, and with the line of each block.
--
-- A block begins with the anchor "line-<number>". A picture's source is "picture:" and the address in
-- hexadecimal digits, so that nothing but the program finds its file. HTML within the text is read as text and
-- pictures; what is left of it is dropped.

local function line_of(element)
  return (element.attributes["data-pos"] or ""):match("(%d+):")
end

local function anchor(line)
  return pandoc.RawInline("html", '<a name="line-' .. line .. '"></a>')
end

local function digits(text)
  return (text:gsub(".", function(byte)
    return string.format("%02x", byte:byte())
  end))
end

local function behind_anchor(element)
  local line = line_of(element)
  element.attributes = {}
  if line then
    return { pandoc.Plain { anchor(line) }, element }
  end
  return element
end

return {
  {
    RawInline = function(element)
      return element.text:lower():match("^<br") and pandoc.LineBreak() or {}
    end,
    RawBlock = function(element)
      return pandoc.read(element.text, "html-raw_html").blocks
    end,
    Span = function(element)
      if element.attributes.wrapper or element.attributes["data-pos"] then
        return element.content
      end
    end,
  },
  {
    Div = function(element)
      local line, first = line_of(element), element.content[1]
      if not line or not first then
        return element.content
      end
      if first.tag == "Para" or first.tag == "Plain" then
        first.content:insert(1, anchor(line))
      end
      return element.content
    end,
    Header = function(element)
      local line = line_of(element)
      if line then
        element.content:insert(1, anchor(line))
      end
      element.attributes = {}
      return element
    end,
    CodeBlock = behind_anchor,
    Table = behind_anchor,
    Image = function(element)
      element.src = "picture:" .. digits(element.src)
      element.attributes = {}
      return element
    end,
    Link = function(element)
      element.attributes = {}
      return element
    end,
  },
}
