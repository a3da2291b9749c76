import type { EndpointSlice } from '../generated/types.gen.ts'
import { semanticEqual } from '../equal.ts'
import { defineKind } from '../kinds/define.ts'
import { validateImmutable } from '../metadata.ts'
import { age, firstThree, text } from '../printing/columns.ts'
import { endpointSlices } from '../resources.ts'
import { setGeneration } from '../strategy.ts'
import { validateEndpointSlice } from './validation.ts'

export const endpointSlice = defineKind<EndpointSlice>(endpointSlices, {
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  setDefaults: (object) => {
    for (const port of object.ports ?? []) {
      port.name ??= ''
      port.protocol ||= 'TCP'
    }
  },
  prepareForCreate: (object) => setGeneration(object, 1),
  validate: validateEndpointSlice,
  validateUpdate: (object, old) => validateImmutable('addressType', object.addressType, old.addressType),
  // The whole slice is its spec, labels included: the proxies read them.
  specChanged: (object, old) =>
    !semanticEqual(object.endpoints, old.endpoints) ||
    !semanticEqual(object.ports, old.ports) ||
    !semanticEqual(object.metadata.labels, old.metadata.labels),
  columns: [
    text('AddressType', 'IPv4, IPv6 or FQDN.', (object) => object.addressType),
    text('Ports', 'The ports of every endpoint.', (object) => firstThree(ports(object), '<unset>')),
    text('Endpoints', 'The addresses.', (object) => firstThree(addresses(object), '<unset>')),
    age,
  ],
})

const ports = (object: EndpointSlice): string[] => (object.ports ?? []).map(({ port, name }) => String(port ?? name ?? '*'))

function addresses(object: EndpointSlice): string[] {
  return (object.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? [])
}
