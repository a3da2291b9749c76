import { type Service, type ServicePort, services } from '../../api/index.ts'
import { isNotFound } from '../../client/index.ts'
import { type Exposed, exposedFile, readExposed, withExposed, withoutExposed } from '../../host/index.ts'
import { PortolanError } from '../../lib/index.ts'
import { writeSecret } from '../files/folder.ts'
import { withClient } from './with-client.ts'

export interface ServiceName {
  readonly namespace: string
  readonly name: string
}

export interface ExposeOptions extends ServiceName {
  readonly root: string
  /** Where the program listens on the host's 127.0.0.1. */
  readonly hostPort: number
  /** Which port of the Service leads there; a Service that is made has this one, or that of the program. */
  readonly port?: number
}

/**
 * Puts a program of the host behind a Service, which is made if there is none, and answers the Service. Throws HasSelector for
 * one that has Pods behind it, NoSuchPort where it isn't clear which port is meant, NotRunning.
 */
export async function expose({ root, namespace, name, hostPort, port }: ExposeOptions): Promise<Service> {
  const service = await withClient(root, async (client) => {
    const known = await client.get(services, { namespace, name }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
    return known ?? client.create(services, serviceOf({ namespace, name }, port ?? hostPort))
  })
  if (Object.keys(service.spec?.selector ?? {}).length > 0)
    throw new PortolanError('HasSelector', `svc/${name} selects Pods, so it can't lead to this computer: take another name`)
  const portName = portOf(service, port).name ?? ''
  change(root, (list) => withExposed(list, { service: `${namespace}/${name}`, portName, hostPort }))
  return service
}

/** Leads a Service to the host no more; the Service stays. Answers false when it didn't. */
export function hide({ root, namespace, name }: ServiceName & { readonly root: string }): boolean {
  const before = readExposed(exposedFile(root))
  const after = withoutExposed(before, `${namespace}/${name}`)
  change(root, () => after)
  return after.length < before.length
}

/** What stands behind which Service. */
export const listExposed = (root: string): readonly Exposed[] => readExposed(exposedFile(root))

function portOf({ metadata, spec }: Service, wanted: number | undefined): ServicePort {
  const all = spec?.ports ?? []
  const fitting = wanted === undefined ? all : all.filter(({ port }) => port === wanted)
  if (fitting.length === 1) return fitting[0]!
  const known = all.map(({ port }) => port).join(', ')
  throw new PortolanError('NoSuchPort', `svc/${metadata.name} has the ports ${known}: say which one with --port`)
}

const serviceOf = ({ namespace, name }: ServiceName, port: number): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { ports: [{ port, protocol: 'TCP' }] },
})

function change(root: string, how: (list: readonly Exposed[]) => readonly Exposed[]): void {
  const file = exposedFile(root)
  writeSecret(file, `${JSON.stringify(how(readExposed(file)), null, 2)}\n`)
}
