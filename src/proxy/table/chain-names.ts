import type { Frontend } from '../services/frontends.ts'
import type { Protocol } from './names.ts'

/**
 * Chains that exist as long as an element goes to them are described wholly by their names:
 *
 *     pick-tcp-3                       one of three endpoints
 *     external-nodeport-pick-tcp-3     masqueraded; for a node port
 *     affinity-pick-tcp-3              the client's own endpoint, if it has one
 *     local-pick-tcp-3-1               Pods and this node: one of three; others: one of the one on this node
 *     remember-tcp-10800               keep the client's endpoint for three hours
 */
export interface PickChain {
  readonly does: 'pick'
  readonly masquerade: boolean
  readonly nodePort: boolean
  readonly affinity: boolean
  readonly protocol: Protocol
  readonly endpoints: number
  /** Undefined where the policy isn't Local. */
  readonly own: number | undefined
}

export interface RememberChain {
  readonly does: 'remember'
  readonly nodePort: boolean
  readonly protocol: Protocol
  readonly seconds: number
}

const PICK = /^(external-)?(nodeport-)?(affinity-)?(local-)?pick-(tcp|udp|sctp)-(\d+)(?:-(\d+))?$/
const REMEMBER = /^(nodeport-)?remember-(tcp|udp|sctp)-(\d+)$/

const word = (text: string, wanted: boolean): string => (wanted ? `${text}-` : '')

export function pickChain({ address, protocol, masquerade, targets, own, affinity }: Frontend): string {
  const kind = `${word('external', masquerade)}${word('nodeport', address === undefined)}${word('affinity', affinity !== undefined)}`
  return own ? `${kind}local-pick-${protocol}-${targets.length}-${own.length}` : `${kind}pick-${protocol}-${targets.length}`
}

export const rememberChain = ({ address, protocol }: Frontend, seconds: number): string =>
  `${word('nodeport', address === undefined)}remember-${protocol}-${seconds}`

/** What a chain of this name is for; undefined for chains that are always there. */
export function parseChain(name: string): PickChain | RememberChain | undefined {
  const pick = PICK.exec(name)
  if (pick) {
    const [, external, nodePort, affinity, local, protocol, endpoints, own] = pick
    return {
      does: 'pick',
      masquerade: external !== undefined,
      nodePort: nodePort !== undefined,
      affinity: affinity !== undefined,
      protocol: protocol as Protocol,
      endpoints: Number(endpoints),
      own: local === undefined ? undefined : Number(own),
    }
  }
  const [, nodePort, protocol, seconds] = REMEMBER.exec(name) ?? []
  if (seconds === undefined) return undefined
  return { does: 'remember', nodePort: nodePort !== undefined, protocol: protocol as Protocol, seconds: Number(seconds) }
}
