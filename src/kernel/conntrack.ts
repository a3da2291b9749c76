import { finish, ProgramError, run } from './run.ts'

/** One translated or untranslated flow of the connection table, both ways. */
export interface Flow {
  readonly protocol: 'udp' | 'sctp'
  /** Where its first packet was sent to. */
  readonly to: { readonly address: string; readonly port: number }
  /** Who answers it: another than `to` when it was translated. */
  readonly by: { readonly address: string; readonly port: number }
}

/** The connection table of the network namespace this process is in. TCP is not spoken of: its flows end by themselves. */
export interface Conntrack {
  list(protocol: Flow['protocol'], family: 'ip' | 'ip6'): Promise<readonly Flow[]>
  /** Deletes every entry that is like one of `flows`, whoever sent it; none left is fine. */
  remove(flows: readonly Flow[]): Promise<void>
}

/** By conntrack(8). */
export function createConntrack(): Conntrack {
  return {
    async list(protocol, family) {
      const { stdout } = await run('conntrack', ['-L', '-f', family === 'ip' ? 'ipv4' : 'ipv6', '-p', protocol])
      return stdout.split('\n').flatMap((line) => parseFlow(protocol, line) ?? [])
    },
    async remove(flows) {
      const commands = new Set(flows.map(({ protocol, to, by }) => removal(protocol, to, by)))
      for (const command of commands) {
        const finished = await finish('conntrack', command.split(' '))
        if (finished.code !== 0 && !finished.stderr.includes(' 0 flow entries'))
          throw new ProgramError('conntrack', `conntrack ${command}: ${finished.stderr.trim()}`, finished)
      }
    },
  }
}

const removal = (protocol: string, to: Flow['to'], by: Flow['by']): string =>
  `-D -f ${to.address.includes(':') ? 'ipv6' : 'ipv4'} -p ${protocol} --orig-dst ${to.address} --orig-port-dst ${to.port} --reply-src ${by.address} --reply-port-src ${by.port}`

const ENDS = /src=\S+ dst=(\S+) sport=\d+ dport=(\d+)\b.*?src=(\S+) dst=\S+ sport=(\d+) dport=\d+/

/** A line of `conntrack -L`: the tuple of the first packet, then that of the reply. */
function parseFlow(protocol: Flow['protocol'], line: string): Flow | undefined {
  const [, to, port, by, from] = ENDS.exec(line) ?? []
  if (!to || !by) return undefined
  return { protocol, to: { address: to, port: Number(port) }, by: { address: by, port: Number(from) } }
}
