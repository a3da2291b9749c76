import { once } from 'node:events'
import { type EndpointSlice, endpointSlices, keyOf, semanticEqual, services } from '../api/index.ts'
import { isAlreadyExists, isNamespaceGone, isNotFound } from '../client/index.ts'
import { messageOf } from '../lib/index.ts'
import { type Door, type Doors, listenAt } from './doors.ts'
import type { Exposed } from './exposed.ts'
import { familyOf, type Door as HostDoor, isOurs, planSlices } from './plan.ts'
import type { HostOptions } from './options.ts'

interface ExposeOptions extends HostOptions {
  readonly doors: Doors
}

/** Opens a door for each exposed program and makes the slices that lead to it; takes away those of others. */
export async function expose(list: readonly Exposed[], options: ExposeOptions, signal: AbortSignal): Promise<void> {
  const { client, caches, doors, log } = options
  const places = list.flatMap((exposed) => addressesFor(exposed, options).map((address) => ({ ...exposed, address })))
  await doors.set(new Map(places.map((place) => [nameOf(place), doorOf(place, options)])))
  const open = places.flatMap((place) => {
    const port = doors.port(nameOf(place))
    return port === undefined ? [] : [{ ...place, port }]
  })
  const wanted = new Map(planSlices(open).map((slice) => [keyOf(slice), slice]))
  for (const slice of caches.of(endpointSlices).list().filter(isOurs))
    if (!wanted.has(keyOf(slice))) await client.delete(endpointSlices, nameOfSlice(slice), {}, signal).catch(unless(isNotFound))
  for (const slice of wanted.values())
    await write(slice, options, signal).catch((error: unknown) => {
      if (!isNamespaceGone(error)) throw error
      log.warn({ slice: keyOf(slice), error: messageOf(error) }, 'there is no namespace for an exposed program')
    })
}

/** A program, and where a door to it is. */
type Place = Omit<HostDoor, 'port'>

/** Doors are in the families that the Service has; one that isn't there yet will have IPv4. */
function addressesFor({ service }: Exposed, { caches, addresses }: ExposeOptions): readonly string[] {
  const { ipFamilies = ['IPv4'] } = caches.of(services).get(service)?.spec ?? {}
  return addresses.filter((address) => ipFamilies.includes(familyOf(address)))
}

const nameOf = ({ service, portName, hostPort, address }: Place): string => `${service} ${portName} ${hostPort} ${address}`

const doorOf = ({ hostPort, address }: Place, { kernel, namespace }: ExposeOptions): Door => ({
  open: (server) => listenAt(server, { host: address, port: 0 }),
  lead: async () => {
    const socket = await kernel.connectIn(namespace, hostPort)
    await once(socket, 'connect')
    return socket
  },
})

async function write(slice: EndpointSlice, { client, caches }: ExposeOptions, signal: AbortSignal): Promise<void> {
  const known = caches.of(endpointSlices).get(keyOf(slice))
  if (!known) return void (await client.create(endpointSlices, slice, signal).catch(unless(isAlreadyExists)))
  if (semanticEqual(known.ports, slice.ports) && semanticEqual(known.endpoints, slice.endpoints)) return
  await client.update(endpointSlices, slice, signal)
}

const nameOfSlice = ({ metadata }: EndpointSlice) => ({ namespace: metadata.namespace, name: metadata.name ?? '' })

const unless =
  (harmless: (error: unknown) => boolean) =>
  (error: unknown): void => {
    if (!harmless(error)) throw error
  }
