import { endpointSlices, type Service, services } from '../../api/index.ts'
import { PortolanError } from '../../lib/index.ts'
import { type ClientMap, clientMapsOf, type KeptClient, keptClients } from '../../proxy/index.ts'
import { captureOnNode } from '../bubble/enter.ts'
import type { ServiceName } from './expose.ts'
import { folderAt, readSpec } from '../files/folder.ts'
import { withClient } from './with-client.ts'

export interface KeptOnNode extends KeptClient {
  readonly node: string
}

/**
 * The clients of a Service with ClientIP affinity, as the kernels of the nodes keep them; a client that used several nodes stands there
 * several times. Throws NoAffinity for a Service that keeps nobody, NotRunning.
 */
export async function affinityOf({
  root,
  namespace,
  name,
}: ServiceName & { readonly root: string }): Promise<readonly KeptOnNode[]> {
  const { service, slices } = await withClient(root, async (client) => ({
    service: await client.get(services, { namespace, name }),
    slices: (await client.list(endpointSlices, { namespace, labelSelector: `kubernetes.io/service-name=${name}` })).items,
  }))
  if (service.spec?.sessionAffinity !== 'ClientIP') throw noAffinity(service)
  const nodes = readSpec(folderAt(root))!.nodes.map((node) => node.name)
  const found = await Promise.all(
    nodes.flatMap((node) =>
      clientMapsOf(service).map(async (map) =>
        keptClients(map, await elementsOf(map, node, root), { service, slices }).map((kept) => ({ ...kept, node })),
      ),
    ),
  )
  return found.flat()
}

const noAffinity = ({ metadata: { name } }: Service): PortolanError =>
  new PortolanError(
    'NoAffinity',
    `svc/${name} keeps no clients; turn it on with kubectl patch svc ${name} -p '{"spec":{"sessionAffinity":"ClientIP"}}'`,
  )

/** None where the node has no such map: its proxy hasn't seen the Service yet. */
async function elementsOf({ name }: ClientMap, node: string, root: string): Promise<readonly unknown[]> {
  const [family = '', table = '', map = ''] = name.split(' ')
  // A map that isn't there fails; listing the table's maps says which are, without what is in them.
  const listed = parse(await captureOnNode(node, { root, command: ['nft', '-j', '-t', 'list', 'maps', family] }))
  if (!listed.some((object) => object.map?.table === table && object.map.name === map)) return []
  return parse(await captureOnNode(node, { root, command: ['nft', '-j', 'list', 'map', family, table, map] })).flatMap(
    (object) => object.map?.elem ?? [],
  )
}

interface Listed {
  readonly map?: { readonly name: string; readonly table: string; readonly elem?: readonly unknown[] }
}

const parse = (text: string): readonly Listed[] => (JSON.parse(text) as { readonly nftables: readonly Listed[] }).nftables
