/** Reads the scripts that the proxy writes: enough of nft(8) for those, and an error for everything else. */

export interface Chain {
  /** Of a chain that packets enter by themselves. */
  readonly hook: string | undefined
  readonly priority: number
  readonly nat: boolean
  readonly rules: readonly string[]
}

export interface Ruleset {
  readonly chains: ReadonlyMap<string, Chain>
  /** Maps and sets: the key's text to the value's, '' in sets. */
  readonly elements: ReadonlyMap<string, ReadonlyMap<string, string>>
}

const PRIORITIES: Readonly<Record<string, number>> = { raw: -300, dstnat: -100, srcnat: 100 }

/** A table as one script makes it from nothing. */
export function parseScript(script: string): Ruleset {
  const chains = new Map<string, Chain>()
  const elements = new Map<string, Map<string, string>>()
  const lines = script.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!.trim()
    const [, whole, body] = /^chain (\S+) \{ (.*)\}$/.exec(line) ?? []
    const [, opened] = /^chain (\S+) \{$/.exec(line) ?? []
    const [, declared] = /^(?:map|set) (\S+) \{.*\}$/.exec(line) ?? []
    const [, filled, list] = /^add element \S+ \S+ (\S+) \{ (.*) \}$/.exec(line) ?? []
    if (whole !== undefined) chains.set(whole, chainOf(body!.split('; ')))
    else if (opened !== undefined) {
      const end = lines.indexOf('  }', at)
      chains.set(opened, chainOf(lines.slice(at + 1, end)))
      at = end
    } else if (declared !== undefined) elements.set(declared, new Map())
    else if (filled !== undefined) for (const element of list!.split(', ')) fill(elements.get(filled), element)
    else if (!/^(?:|\}|(?:add |flush )?table .*|flush (?:map|set) .*|counter \S+ \{ \})$/.test(line))
      throw new Error(`cannot read "${line}"`)
  }
  return { chains, elements }
}

function chainOf(lines: readonly string[]): Chain {
  const rules = lines.map((line) => line.trim()).filter((line) => line !== '')
  const [, type, hook, priority = ''] = /^type (\w+) hook (\w+) priority (\S+);$/.exec(rules[0] ?? '') ?? []
  if (hook === undefined) return { hook: undefined, priority: 0, nat: false, rules }
  return { hook, priority: PRIORITIES[priority] ?? Number(priority), nat: type === 'nat', rules: rules.slice(1) }
}

function fill(elements: Map<string, string> | undefined, element: string): void {
  const [key = '', value = ''] = element.split(' : ')
  if (!elements || elements.has(key)) throw new Error(`nft would refuse the element "${element}"`)
  elements.set(key, value)
}
