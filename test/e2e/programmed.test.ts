/** Who waits for a Service's condition `Programmed` may connect at once, from every node. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestCluster, testCluster } from './cluster.ts'

const SERVER =
  "require('http').createServer((q, r) => r.end(q.socket.localPort + '')).listen(8080).on('listening', () => require('http').createServer((q, r) => r.end('8081')).listen(8081))"
const MANY = 10

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
  await cluster.kubectlWords(['run', 'web', '--image=host', '--labels=app=web', '--', 'node', '-e', SERVER])
  await cluster.kubectl('wait --for=condition=Ready pod/web --timeout=60s')
})
after(() => cluster.remove())

/** From both nodes, once each. */
async function answers(url: string): Promise<string[]> {
  const asked = ['node1', 'node2'].map((node) =>
    cluster.portolan('node', 'exec', node, '--', 'curl', '-s', '--max-time', '2', url),
  )
  return (await Promise.all(asked)).map(({ out }) => out)
}
const programmed = (name: string): Promise<string> => cluster.kubectl(`wait --for=condition=Programmed svc/${name} --timeout=10s`)

test('a Service that was waited for answers the first connection from every node [OPS-2] [SVC-1]', async () => {
  for (let i = 0; i < MANY; i++) {
    await cluster.kubectl(`expose pod web --name=web-${i} --port=80 --target-port=8080`)
    await programmed(`web-${i}`)
    const ip = await cluster.kubectl(`get svc web-${i} -o jsonpath={.spec.clusterIP}`)
    assert.deepEqual(await answers(`http://${ip}/`), ['8080', '8080'])
  }
})

test('a change takes the condition away in the same write, until the nodes hold the change [OPS-2] [SVC-11]', async () => {
  const ip = await cluster.kubectl('get svc web-0 -o jsonpath={.spec.clusterIP}')
  for (const port of ['8081', '8080']) {
    const patch = `[{"op":"replace","path":"/spec/ports/0/targetPort","value":${port}}]`
    const answer = await cluster.kubectlWords(['patch', 'svc', 'web-0', '--type=json', '-p', patch, '-o', 'json'])
    assert.deepEqual(JSON.parse(answer).status.conditions ?? [], [])
    await programmed('web-0')
    assert.deepEqual(await answers(`http://${ip}/`), [port, port])
  }
  await cluster.kubectl('annotate svc web-0 seen=yes')
  assert.match(await cluster.kubectl('get svc web-0 -o jsonpath={.status.conditions[*].type}'), /Programmed/)
})
