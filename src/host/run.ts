import { watch } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { basename, dirname } from 'node:path'
import { type EndpointSlice, endpointSlices, keyOf, nodes, semanticEqual, type Service, services } from '../api/index.ts'
import { createRunner } from '../lib/index.ts'
import { createDoors, type Door, listenAt } from './doors.ts'
import { expose } from './expose.ts'
import { readExposed } from './exposed.ts'
import type { HostOptions } from './options.ts'
import { isOurs, planNodePorts } from './plan.ts'

const LOOPBACK = '127.0.0.1'
/** Milliseconds that a node may take to answer before the next one is tried. */
const PATIENCE = 1_000

/**
 * The host's 127.0.0.1 and the cluster: node ports answer there, and programs that listen there can stand behind Services.
 * Resolves when it follows the cluster; goes on until `signal` aborts.
 */
export async function runHost(options: HostOptions, signal: AbortSignal): Promise<void> {
  const { caches, clock, log } = options
  const [serviceCache, sliceCache, nodeCache] = [caches.of(services), caches.of(endpointSlices), caches.of(nodes)]
  await Promise.all([serviceCache.whenSynced(), sliceCache.whenSynced(), nodeCache.whenSynced()])
  const [inwards, outwards] = [createDoors(log), createDoors(log)]
  signal.addEventListener('abort', () => [inwards, outwards].forEach((doors) => doors.close()), { once: true })

  const run = async (): Promise<void> => {
    const slicesOf = (service: Service): readonly EndpointSlice[] =>
      service.spec?.externalTrafficPolicy === 'Local'
        ? sliceCache.list().filter((slice) => keyOfService(slice) === keyOf(service))
        : []
    await inwards.set(nodePortDoors(planNodePorts(serviceCache.list(), slicesOf, nodeCache.list()), options))
    await expose(readExposed(options.exposedFile), { ...options, doors: outwards }, signal)
  }
  const runner = createRunner({ run, clock, log: log.child({ controller: 'host' }) }, signal)
  const has = (...all: (Service | undefined)[]): boolean =>
    all.some((each) => each?.spec?.ports?.some(({ nodePort }) => nodePort))
  serviceCache.onChange((after, before) => (has(after, before) || mayLeadHere(after, before)) && runner.request())
  sliceCache.onChange((after, before) => (isNodeLocal(after ?? before) || isOurs((after ?? before)!)) && runner.request())
  nodeCache.onChange((after, before) => !semanticEqual(placeOf(after), placeOf(before)) && runner.request())
  followFile(options.exposedFile, () => runner.request(), signal)
  runner.request()

  function isNodeLocal(slice: EndpointSlice | undefined): boolean {
    return slice !== undefined && serviceCache.get(keyOfService(slice))?.spec?.externalTrafficPolicy === 'Local'
  }
}

/** Whether a program may stand behind the Service, in other families than before. */
const mayLeadHere = (after: Service | undefined, before: Service | undefined): boolean =>
  Object.keys((after ?? before)?.spec?.selector ?? {}).length === 0 &&
  !semanticEqual(after?.spec?.ipFamilies, before?.spec?.ipFamilies)

const keyOfService = ({ metadata }: EndpointSlice): string =>
  `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`
const placeOf = (
  node: { status?: { addresses?: unknown; conditions?: readonly { type: string; status: string }[] } } | undefined,
) => [node?.status?.addresses, node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status]

/** The data folder is there before the file is. */
function followFile(file: string, changed: () => void, signal: AbortSignal): void {
  const watcher = watch(dirname(file), { signal, persistent: false }, (_, name) => name === basename(file) && changed())
  watcher.on('error', () => {})
}

function nodePortDoors(ports: ReadonlyMap<number, readonly string[]>, { kernel, namespace }: HostOptions): Map<string, Door> {
  const doors = [...ports].map(([port, addresses]): [string, Door] => [
    `${LOOPBACK}:${port}`,
    {
      open: async (server) => listenAt(server, { fd: await kernel.listenIn(namespace, { address: LOOPBACK, port }) }),
      lead: () => firstThatAnswers(addresses, port),
    },
  ])
  return new Map(doors)
}

async function firstThatAnswers(addresses: readonly string[], port: number): Promise<Socket> {
  for (const host of addresses) {
    const socket = connect({ host, port, allowHalfOpen: true })
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE) })
      return socket
    } catch {
      socket.destroy()
    }
  }
  throw new Error(`no node answers at port ${port}`)
}
