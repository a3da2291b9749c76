import type { Endpoints } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { age, firstThree, text } from '../printing/columns.ts'
import { endpoints as resource } from '../resources.ts'
import { validateEndpoints } from './endpoints-validation.ts'

export const endpoints = defineKind<Endpoints>(resource, {
  schema: 'io.k8s.api.core.v1.Endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  deprecated: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  setDefaults: (object) => {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP'
  },
  validate: validateEndpoints,
  columns: [text('Endpoints', 'The addresses and ports.', (object) => firstThree(addresses(object), '<none>')), age],
})

/** Each address with each port; a subset without ports is one of a headless Service. */
function addresses(object: Endpoints): string[] {
  return (object.subsets ?? []).flatMap(({ addresses: ips = [], ports = [] }) =>
    ports.length === 0 ? ips.map(({ ip }) => ip) : ports.flatMap(({ port }) => ips.map(({ ip }) => joinHostPort(ip, port))),
  )
}

const joinHostPort = (ip: string, port: number): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)
