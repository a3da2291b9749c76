import ipaddr from 'ipaddr.js'
import type { Packet, Outcome } from './tracer.ts'

/** A Service with one port, in the words of the API, as far as rules depend on it. */
export interface World {
  readonly services: readonly Described[]
  readonly podCIDR: string
  readonly serviceCIDR: string
  readonly nodeIP: string
}

export interface Described {
  readonly clusterIP: string
  readonly protocol: string
  readonly port: number
  readonly nodePort: number | undefined
  readonly externalIP: string | undefined
  readonly balancedIP: string | undefined
  readonly sources: readonly string[]
  readonly internalLocal: boolean
  readonly externalLocal: boolean
  readonly endpoints: readonly Endpoint[]
}

export interface Endpoint {
  readonly address: string
  readonly here: boolean
  readonly state: 'ready' | 'unready' | 'leaving' | 'gone'
}

const TARGET_PORT = 8080

/** Everything that may become of a packet, said from what Services are for, without a word about rules. */
export function whatShouldBecome(world: World, packet: Packet): readonly Outcome[] {
  const service = world.services.find((one) => one.protocol === packet.protocol && isMeant(one, packet, world))
  if (!service) return [otherwise(world, packet)]
  const inside = packet.to === service.clusterIP
  const fromNode = packet.by === 'the node'
  const fromPod = within(packet.from, world.podCIDR)
  const guarded = packet.to === service.balancedIP && service.sources.length > 0
  if (guarded && !service.sources.some((range) => within(packet.from, range))) return [{ verdict: 'drop' }]
  const local = inside ? service.internalLocal : service.externalLocal
  const onlyHere = local && (inside || (!fromPod && !fromNode))
  const targets = usable(service.endpoints.filter(({ here }) => here || !onlyHere))
  if (targets.length === 0) return [{ verdict: onlyHere && usable(service.endpoints).length > 0 ? 'drop' : 'reject' }]
  const hidden = inside ? !fromPod : !service.externalLocal || fromNode
  return targets.map(({ address, here }) => ({
    verdict: 'accept',
    to: address,
    port: TARGET_PORT,
    masqueraded: hidden || (here && address === packet.from),
  }))
}

function isMeant(service: Described, { to, port }: Packet, { nodeIP }: World): boolean {
  if (port === service.nodePort && to === nodeIP) return true
  return port === service.port && [service.clusterIP, service.externalIP, service.balancedIP].includes(to)
}

function otherwise({ services, serviceCIDR }: World, { to, port }: Packet): Outcome {
  if (services.some(({ clusterIP }) => clusterIP === to)) return { verdict: 'reject' }
  return within(to, serviceCIDR) ? { verdict: 'drop' } : { verdict: 'accept', to, port, masqueraded: false }
}

function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter(({ state }) => state === 'ready')
  return ready.length > 0 ? ready : endpoints.filter(({ state }) => state === 'leaving')
}

const within = (address: string, range: string): boolean => ipaddr.parse(address).match(ipaddr.parseCIDR(range))
