import { type Pod, pods, type Service, services } from '../../src/api/index.ts'
import { isPodReady } from '../../src/api/index.ts'
import type { Client } from '../../src/client/index.ts'
import { eventually } from '../../src/testing/index.ts'

const SERVER =
  "const big = Buffer.alloc(32 << 20); require('http').createServer((q, r) => r.end(q.url === '/big' ? big : 'x')).listen(8080)"

/** HTTP servers, ready, each with a label `server` of its own name; on `nodeName`, or where the scheduler puts them. */
export async function startPods(client: Client, names: readonly string[], nodeName?: string): Promise<readonly Pod[]> {
  for (const name of names) {
    await client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: { app: 'bench', server: name } },
      spec: {
        ...(nodeName ? { nodeName } : {}),
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'server',
            image: 'host',
            command: ['node', '-e', SERVER],
            readinessProbe: { httpGet: { port: 8080, path: '/' }, periodSeconds: 1 },
          },
        ],
      },
    })
  }
  return eventually(
    async () => {
      const found = (await client.list(pods, { namespace: 'default', labelSelector: 'app=bench' })).items
      if (!found.every(isPodReady)) throw new Error('not every Pod is ready')
      return found
    },
    { within: 60_000 },
  )
}

const benchService = (name: string, server: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector: { server }, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
})

/** A Service in front of one server. */
export const createService = (client: Client, name: string, server: string): Promise<Service> =>
  client.create(services, benchService(name, server))
