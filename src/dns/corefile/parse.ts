import { PortolanError } from '../../lib/index.ts'

/** One line of a Corefile, with the lines in its braces. */
export interface Directive {
  readonly name: string
  readonly args: readonly string[]
  readonly line: number
  readonly body: readonly Directive[]
}

/** `.:53 example.org { … }` */
export interface ServerBlock {
  readonly keys: readonly string[]
  readonly line: number
  readonly directives: readonly Directive[]
}

interface Token {
  readonly text: string
  readonly line: number
}

/** A Corefile that can't be used: `line` says where. */
export class CorefileError extends PortolanError {
  constructor(line: number, problem: string) {
    super('BadCorefile', `Corefile, line ${line}: ${problem}`)
  }
}

/** Words, words in quotes, and comments up to the end of their line. */
const TOKEN = /"((?:[^"\\]|\\.)*)"|#[^\n]*|([^\s]+)|(\n)/g

/**
 * Reads a Corefile (CoreDNS, corefile(5)) into its blocks; what the directives mean is another's affair. Variables of
 * the environment are put in: `{$NAME}`, `{%NAME%}`. Throws {@link CorefileError}.
 */
export function parseCorefile(text: string, environment: Readonly<Record<string, string | undefined>>): readonly ServerBlock[] {
  const lines = linesOf(text.replace(/\{\$(\w+)\}|\{%(\w+)%\}/g, (_, dollar, percent) => environment[dollar ?? percent] ?? ''))
  const blocks: ServerBlock[] = []
  for (let at = 0; at < lines.length;) {
    const words = lines[at]!
    const line = words[0]!.line
    if (words.at(-1)!.text !== '{') throw new CorefileError(line, 'a server block begins with its zones and {')
    const keys = words.slice(0, -1).map((word) => word.text.replace(/,$/, ''))
    if (keys.some((key) => key.startsWith('('))) throw new CorefileError(line, 'snippets are not understood')
    const { directives, next } = bodyFrom(lines, at + 1, line)
    blocks.push({ keys, line, directives })
    at = next
  }
  return blocks
}

function bodyFrom(lines: readonly (readonly Token[])[], start: number, opened: number) {
  const directives: Directive[] = []
  for (let at = start; at < lines.length;) {
    const [{ text: name, line }, ...rest] = lines[at] as [Token, ...Token[]]
    if (name === '}') return { directives, next: at + 1 }
    const args = rest.map((word) => word.text)
    if (args.at(-1) !== '{') {
      directives.push({ name, args, line, body: [] })
      at++
      continue
    }
    const inner: { directives: Directive[]; next: number } = bodyFrom(lines, at + 1, line)
    directives.push({ name, args: args.slice(0, -1), line, body: inner.directives })
    at = inner.next
  }
  throw new CorefileError(opened, 'its { is never closed')
}

/** The words of each line that has any. */
function linesOf(text: string): Token[][] {
  const lines: Token[][] = [[]]
  let line = 1
  for (const [whole, quoted, word, newline] of text.matchAll(TOKEN)) {
    if (newline) lines.push([])
    else if (word !== undefined && !whole.startsWith('#')) lines.at(-1)!.push({ text: word, line })
    else if (quoted !== undefined) lines.at(-1)!.push({ text: quoted.replace(/\\(.)/g, '$1'), line })
    line += whole.split('\n').length - 1
  }
  return lines.filter((words) => words.length > 0)
}
