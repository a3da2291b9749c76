import { PROTOCOLS } from '../core/service/validate-ports.ts'
import { duplicate, invalid, invalids, notSupported, required, tooMany } from '../field.ts'
import type { DiscoveryV1EndpointPort, Endpoint, EndpointSlice } from '../generated/types.gen.ts'
import { validateLabels } from '../metadata.ts'
import { parseAddress, validateEndpointIP, validateIP } from '../ip.ts'
import type { FieldError } from '../kind.ts'
import type { Written } from '../object.ts'
import { dns1123Label, dns1123Subdomain, fullyQualifiedName, labelValue, qualifiedName } from '../names.ts'

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6']
const MOST_ENDPOINTS = 1000
const MOST_ADDRESSES = 100
const MOST_PORTS = 20_000
const MOST_HINTS = 8

/** As upstream's `ValidateEndpointSlice` in `pkg/apis/discovery/validation`. */
export const validateEndpointSlice = (slice: EndpointSlice, old?: EndpointSlice): FieldError[] => [
  ...validateAddressType(slice.addressType),
  ...validateEndpoints(slice, old),
  ...validatePorts(slice.ports ?? []),
]

function validateAddressType(type: string): FieldError[] {
  if (!type) return [required('addressType')]
  return ADDRESS_TYPES.includes(type) ? [] : [notSupported('addressType', type, ADDRESS_TYPES)]
}

function validateEndpoints({ endpoints, addressType }: EndpointSlice, old?: EndpointSlice): FieldError[] {
  const list = endpoints ?? []
  if (list.length > MOST_ENDPOINTS) return [tooMany('endpoints', list.length, MOST_ENDPOINTS)]
  const known = new Set(old?.endpoints?.flatMap((endpoint) => endpoint.addresses))
  return list.flatMap((endpoint, index) => validateEndpoint(`endpoints[${index}]`, endpoint, { addressType, known }))
}

interface Rules {
  readonly addressType: string
  /** Addresses that were stored before. */
  readonly known: ReadonlySet<string>
}

function validateEndpoint(
  field: string,
  { addresses = [], hostname, nodeName, hints, deprecatedTopology }: Written<Endpoint>,
  rules: Rules,
): FieldError[] {
  const found: FieldError[] = []
  if (addresses.length === 0) found.push(required(`${field}.addresses`, 'must contain at least 1 address'))
  else if (addresses.length > MOST_ADDRESSES) found.push(tooMany(`${field}.addresses`, addresses.length, MOST_ADDRESSES))
  for (const [index, address] of addresses.entries()) {
    if (!rules.known.has(address)) found.push(...validateAddress(`${field}.addresses[${index}]`, address, rules.addressType))
  }
  if (nodeName !== undefined) found.push(...invalids(`${field}.nodeName`, nodeName, dns1123Subdomain(nodeName)))
  if (hostname !== undefined) found.push(...invalids(`${field}.hostname`, hostname, dns1123Label(hostname)))
  return [
    ...found,
    ...validateLabels(`${field}.deprecatedTopology`, deprecatedTopology),
    ...validateHints(`${field}.hints.forZones`, hints?.forZones ?? [], labelValue),
    ...validateHints(`${field}.hints.forNodes`, hints?.forNodes ?? [], dns1123Subdomain),
  ]
}

function validateAddress(field: string, address: string, type: string): FieldError[] {
  if (type === 'FQDN') return invalids(field, address, fullyQualifiedName(address))
  if (type !== 'IPv4' && type !== 'IPv6') return []
  const errors = validateIP(field, address)
  if (errors.length > 0) return errors
  if (`IPv${parseAddress(address)?.family}` !== type) return [invalid(field, address, `must be an ${type} address`)]
  return validateEndpointIP(field, address)
}

/** Whom an endpoint is meant for: zones or nodes. */
function validateHints(field: string, whom: readonly Named[], rule: (name: string) => readonly string[]): FieldError[] {
  if (whom.length > MOST_HINTS) return [tooMany(field, whom.length, MOST_HINTS)]
  const names = new Set<string>()
  return whom.flatMap(({ name = '' }, index) => {
    const found = names.has(name) ? [duplicate(`${field}[${index}].name`, name)] : []
    names.add(name)
    return [...found, ...invalids(`${field}[${index}].name`, name, rule(name))]
  })
}

interface Named {
  readonly name?: string
}

function validatePorts(ports: readonly DiscoveryV1EndpointPort[]): FieldError[] {
  if (ports.length > MOST_PORTS) return [tooMany('ports', ports.length, MOST_PORTS)]
  const names = new Set<string>()
  return ports.flatMap(({ name = '', protocol, appProtocol }, index) => {
    const field = `ports[${index}]`
    const found: FieldError[] = name === '' ? [] : invalids(`${field}.name`, name, dns1123Label(name))
    if (names.has(name)) found.push(duplicate(`${field}.name`, name))
    names.add(name)
    if (!protocol) found.push(required(`${field}.protocol`))
    else if (!PROTOCOLS.includes(protocol)) found.push(notSupported(`${field}.protocol`, protocol, PROTOCOLS))
    if (appProtocol !== undefined) found.push(...invalids(`${field}.appProtocol`, appProtocol, qualifiedName(appProtocol)))
    return found
  })
}
