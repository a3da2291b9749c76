import { DecodeError } from './error.ts'

/** As deep as upstream's decoder goes. */
const DEEPEST = 10_000

const QUOTE = 0x22
const BACKSLASH = 0x5c

interface Level {
  /** The keys so far; undefined in an array. */
  readonly keys: Set<string> | undefined
  /** How errors name this place: `spec.ports[0]`. */
  readonly path: string
  index: number
}

/**
 * The paths of keys that stand twice in one object of a JSON text, which `JSON.parse` silently takes the last of; at
 * most a hundred. Throws {@link DecodeError} when it is nested too deeply. The text must be valid JSON.
 */
export function duplicateKeys(text: string): string[] {
  const found: string[] = []
  const levels: Level[] = []
  let key = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') {
      if (levels.length >= DEEPEST) throw new DecodeError('exceeded max depth')
      levels.push({ keys: character === '{' ? new Set() : undefined, path: placeOf(levels.at(-1), key), index: 0 })
    } else if (character === '}' || character === ']') levels.pop()
    else if (character === ',') {
      const level = levels.at(-1)
      if (level) level.index++
    } else if (character === '"') {
      const end = endOfString(text, at)
      const level = levels.at(-1)
      if (level?.keys && isKey(text, end)) {
        key = text.slice(at + 1, end)
        if (level.keys.has(key) && found.length < 100) found.push(placeOf(level, key))
        level.keys.add(key)
      }
      at = end
    }
  }
  return found
}

function placeOf(level: Level | undefined, key: string): string {
  if (!level) return ''
  if (!level.keys) return `${level.path}[${level.index}]`
  return level.path === '' ? key : `${level.path}.${key}`
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  for (; text.charCodeAt(at) !== QUOTE; at++) if (text.charCodeAt(at) === BACKSLASH) at++
  return at
}

/** A string is a key when a colon follows. */
function isKey(text: string, end: number): boolean {
  let at = end + 1
  while (text.charCodeAt(at) <= 0x20) at++
  return text[at] === ':'
}
