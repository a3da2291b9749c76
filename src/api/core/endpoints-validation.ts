import { semanticEqual } from '../equal.ts'
import { invalids, notSupported, required } from '../field.ts'
import type { CoreV1EndpointPort, EndpointAddress, Endpoints, EndpointSubset } from '../generated/types.gen.ts'
import { validateEndpointIP } from '../ip.ts'
import type { FieldError } from '../kind.ts'
import { dns1123Label, dns1123Subdomain, portNumber } from '../names.ts'
import { PROTOCOLS } from './service/validate-ports.ts'

/** As upstream's `ValidateEndpoints`; what was stored once may stay. */
export function validateEndpoints({ subsets = [] }: Endpoints, old?: Endpoints): FieldError[] {
  if (old && semanticEqual(subsets, old.subsets)) return []
  return subsets.flatMap((subset, index) => validateSubset(`subsets[${index}]`, subset))
}

function validateSubset(field: string, { addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset): FieldError[] {
  const none = addresses.length === 0 && notReadyAddresses.length === 0
  return [
    ...(none ? [required(field, 'must specify `addresses` or `notReadyAddresses`')] : []),
    ...addresses.flatMap((address, index) => validateAddress(`${field}.addresses[${index}]`, address)),
    ...notReadyAddresses.flatMap((address, index) => validateAddress(`${field}.notReadyAddresses[${index}]`, address)),
    ...ports.flatMap((port, index) => validatePort(`${field}.ports[${index}]`, port, ports.length > 1)),
  ]
}

function validateAddress(field: string, { ip, hostname = '', nodeName }: EndpointAddress): FieldError[] {
  return [
    ...(hostname === '' ? [] : invalids(`${field}.hostname`, hostname, dns1123Label(hostname))),
    ...(nodeName === undefined ? [] : invalids(`${field}.nodeName`, nodeName, dns1123Subdomain(nodeName))),
    ...validateEndpointIP(`${field}.ip`, ip ?? ''),
  ]
}

function validatePort(field: string, { name = '', port, protocol }: CoreV1EndpointPort, named: boolean): FieldError[] {
  const found: FieldError[] = name === '' ? [] : invalids(`${field}.name`, name, dns1123Label(name))
  if (name === '' && named) found.push(required(`${field}.name`))
  found.push(...invalids(`${field}.port`, port ?? 0, portNumber(port ?? 0)))
  if (!protocol) found.push(required(`${field}.protocol`))
  else if (!PROTOCOLS.includes(protocol)) found.push(notSupported(`${field}.protocol`, protocol, PROTOCOLS))
  return found
}
