import { forbidden, invalid, invalids, notSupported, required } from '../field.ts'
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../generated/types.gen.ts'
import { parseRange, validateCIDR } from '../ip.ts'
import type { FieldError } from '../kind.ts'
import type { Written } from '../object.ts'
import { portName, portNumber } from '../names.ts'
import { validateLabelSelector } from '../validate-selector.ts'

const TYPES = ['Ingress', 'Egress']
const PROTOCOLS = ['TCP', 'UDP', 'SCTP']

/** As upstream's `ValidateNetworkPolicySpec` in `pkg/apis/networking/validation`. */
export function validateNetworkPolicy({ spec }: NetworkPolicy, old?: NetworkPolicy): FieldError[] {
  if (!spec) return []
  const known = new Set(old ? ranges(old) : [])
  const types = spec.policyTypes ?? []
  return [
    ...validateLabelSelector('spec.podSelector', spec.podSelector),
    ...(spec.ingress ?? []).flatMap((rule, index) => [
      ...validatePorts(`spec.ingress[${index}].ports`, rule.ports),
      ...validatePeers(`spec.ingress[${index}].from`, rule.from, known),
    ]),
    ...(spec.egress ?? []).flatMap((rule, index) => [
      ...validatePorts(`spec.egress[${index}].ports`, rule.ports),
      ...validatePeers(`spec.egress[${index}].to`, rule.to, known),
    ]),
    ...validateTypes('spec.policyTypes', types),
  ]
}

function validateTypes(field: string, types: readonly string[]): FieldError[] {
  if (types.length > TYPES.length) return [invalid(field, types, 'may not specify more than two policyTypes')]
  return types.flatMap((type, index) => (TYPES.includes(type) ? [] : [notSupported(`${field}[${index}]`, type, TYPES)]))
}

const ranges = ({ spec }: NetworkPolicy): string[] =>
  [...(spec?.ingress ?? []).flatMap((rule) => rule.from ?? []), ...(spec?.egress ?? []).flatMap((rule) => rule.to ?? [])].flatMap(
    ({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : []),
  )

function validatePorts(field: string, ports: readonly NetworkPolicyPort[] = []): FieldError[] {
  return ports.flatMap(({ protocol, port, endPort }, index) => {
    const at = `${field}[${index}]`
    const found: FieldError[] = []
    if (protocol !== undefined && !PROTOCOLS.includes(protocol)) found.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS))
    if (typeof port === 'number') found.push(...invalids(`${at}.port`, port, portNumber(port)))
    if (typeof port === 'string') {
      if (endPort !== undefined) found.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'))
      return [...found, ...invalids(`${at}.port`, port, portName(port))]
    }
    if (endPort === undefined) return found
    if (port === undefined)
      return [...found, invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified')]
    if (endPort < port) found.push(invalid(`${at}.endPort`, endPort, 'must be greater than or equal to `port`'))
    return [...found, ...invalids(`${at}.endPort`, endPort, portNumber(endPort))]
  })
}

function validatePeers(field: string, peers: readonly NetworkPolicyPeer[] = [], known: ReadonlySet<string>): FieldError[] {
  return peers.flatMap(({ podSelector, namespaceSelector, ipBlock }, index) => {
    const at = `${field}[${index}]`
    const selectors = podSelector !== undefined || namespaceSelector !== undefined
    const found = [
      ...validateLabelSelector(`${at}.podSelector`, podSelector),
      ...validateLabelSelector(`${at}.namespaceSelector`, namespaceSelector),
      ...(ipBlock ? validateBlock(`${at}.ipBlock`, ipBlock, known) : []),
    ]
    if (!selectors && !ipBlock) found.push(required(at, 'must specify a peer'))
    else if (selectors && ipBlock) found.push(forbidden(at, 'may not specify both ipBlock and another peer'))
    return found
  })
}

function validateBlock(field: string, { cidr = '', except = [] }: Written<IPBlock>, known: ReadonlySet<string>): FieldError[] {
  if (cidr === '') return [required(`${field}.cidr`)]
  const found = validateCIDR(`${field}.cidr`, cidr, [...known])
  const outer = parseRange(cidr)
  for (const [index, range] of except.entries()) {
    const at = `${field}.except[${index}]`
    const errors = validateCIDR(at, range, [...known])
    found.push(...errors)
    const inner = parseRange(range)
    if (errors.length > 0 || !outer || !inner) continue
    const within =
      inner.prefix > outer.prefix && parseRange(`${inner.address.canonical}/${outer.prefix}`)?.canonical === outer.canonical
    if (!within) found.push(invalid(at, range, 'must be a strict subset of `cidr`'))
  }
  return found
}
