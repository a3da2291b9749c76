/** The indexes below `end` in a list of numbers and ranges, `0,2-4`; empty for the empty text. */
export function readIndexes(text = '', end = Infinity): Set<number> {
  const found = new Set<number>()
  for (const part of text.split(',').filter(Boolean)) {
    const [first = 0, last = first] = part.split('-').map(Number)
    for (let index = first; index <= last && index < end; index++) found.add(index)
  }
  return found
}

/** `0,1,3-5`, in order; as upstream, from three that follow each other on it is a range. */
export function writeIndexes(indexes: ReadonlySet<number>): string {
  const ranges: [first: number, last: number][] = []
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range && range[1] === index - 1) range[1] = index
    else ranges.push([index, index])
  }
  const write = ([first, last]: readonly [number, number]): string =>
    last === first + 1 ? `${first},${last}` : `${first}-${last}`
  return ranges.map((range) => (range[0] === range[1] ? `${range[0]}` : write(range))).join(',')
}
