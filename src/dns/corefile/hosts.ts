import { isIP } from 'node:net'
import { CorefileError, type Directive } from './parse.ts'

/** What the plugin can be told beside lines; all of it is so here anyway. */
const IGNORED = new Set(['fallthrough', 'ttl', 'reload', 'no_reverse'])

/** `hosts FILE { 192.0.2.1 registry.example }` (CoreDNS, plugin/hosts): names and their addresses. */
export function hostLines({ args, body }: Directive, readFile: (path: string) => string): Record<string, string[]> {
  const fromFile = args[0] === undefined ? [] : readFile(args[0]).split('\n')
  const inside = body.filter(({ name, line }) => {
    if (IGNORED.has(name)) return false
    if (isIP(name) === 0) throw new CorefileError(line, `hosts: "${name}" is not an address`)
    return true
  })
  return hostsOf([...fromFile, ...inside.map(({ name, args: names }) => [name, ...names].join(' '))])
}

/** The names in lines as /etc/hosts has them, hosts(5), with their addresses; what is no such line says nothing. */
export function hostsOf(lines: readonly string[]): Record<string, string[]> {
  const hosts: Record<string, string[]> = {}
  for (const line of lines) {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const name of names) (hosts[name] ??= []).push(address)
  }
  return hosts
}
