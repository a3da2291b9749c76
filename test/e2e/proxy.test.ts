/** What the API server passes on to nodes, Pods and Services: proxies, exec and port-forward. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { Exec, KubeConfig, Log, PortForward, type V1Status } from '@kubernetes/client-node'
import { kubectlPath } from '../../tools/kubectl.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/kubia')
const DEFAULT = '/api/v1/namespaces/default'
const FOREIGN = `
apiVersion: v1
kind: Service
metadata: {name: foreign}
spec: {ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: foreign-1, labels: {kubernetes.io/service-name: foreign}}
addressType: IPv4
ports: [{port: 6443}]
endpoints: [{addresses: [192.168.1.1]}]
`

let cluster: TestCluster
let pod: string
let node: string
before(async () => {
  cluster = await testCluster()
  await cluster.kubectl(`create -f ${EXAMPLE}`)
  await cluster.kubectl('wait --for=condition=Ready pod -l app=kubia --timeout=60s')
  const [first] = (await cluster.kubectl('get pods -l app=kubia -o jsonpath={.items[*].metadata.name}')).split(' ')
  pod = first as string
  node = await cluster.kubectl(`get pod ${pod} -o jsonpath={.spec.nodeName}`)
})
after(() => cluster.remove())

const raw = (path: string): Promise<string> => cluster.kubectl(`get --raw ${path}`)

test('the proxy of a Service asks a Pod behind it, by port number, name or scheme [DSC-9]', async () => {
  for (const name of ['kubia:80', 'http:kubia:80', 'kubia'])
    await eventually(async () => assert.match(await raw(`${DEFAULT}/services/${name}/proxy/`), /^You've hit kubia-/))
  await assert.rejects(raw(`${DEFAULT}/services/kubia:81/proxy/`), /no service port 81 found for service "kubia"/)
  await assert.rejects(raw(`${DEFAULT}/services/kubia:http/proxy/`), /no endpoints available for service "kubia:http"/)
  await assert.rejects(raw(`${DEFAULT}/services/https:kubia:80/proxy/`), /error trying to reach service: /)
  await assert.rejects(raw(`${DEFAULT}/services/ftp:kubia:80/proxy/`), /invalid service request "ftp:kubia:80"/)
})

test('the proxy of a Service asks nothing that is not a Pod [DSC-9]', async () => {
  await cluster.kubectl('create -f -', FOREIGN)
  await assert.rejects(
    raw(`${DEFAULT}/services/https:foreign:80/proxy/`),
    /no endpoints available for service "https:foreign:80"/,
  )
})

test('the proxy of a Pod asks its first port, or the one that is named [DSC-9]', async () => {
  for (const name of [pod, `${pod}:8080`, `http:${pod}:8080`])
    assert.equal(await raw(`${DEFAULT}/pods/${name}/proxy/any?thing`), `You've hit ${pod}\n`)
  await assert.rejects(raw(`${DEFAULT}/pods/${pod}:8081/proxy/`), /error trying to reach service: .*ECONNREFUSED/)
})

test('the proxy of a node asks its kubelet, with its port or without [DSC-9]', async () => {
  const port = await cluster.kubectl(`get node ${node} -o jsonpath={.status.daemonEndpoints.kubeletEndpoint.Port}`)
  for (const name of [node, `${node}:${port}`]) {
    assert.equal(await raw(`/api/v1/nodes/${name}/proxy/healthz`), 'ok')
    const { items } = JSON.parse(await raw(`/api/v1/nodes/${name}/proxy/pods`)) as { items: { metadata: { name: string } }[] }
    assert.ok(items.some(({ metadata }) => metadata.name === pod))
  }
})

test('exec and logs lead to the Pod [DSC-9]', async () => {
  assert.equal(await cluster.kubectlWords(['exec', '-i', pod, '--', 'sh', '-c', 'cat; hostname'], 'in '), `in ${pod}\n`)
  await assert.rejects(cluster.kubectlWords(['exec', pod, '--', 'sh', '-c', 'exit 3']), /terminated with exit code 3/)
  assert.equal(await cluster.kubectl(`logs ${pod}`), '')
})

test('exec, logs and port-forward by the official JavaScript client [DSC-9]', async () => {
  const config = new KubeConfig()
  config.loadFromFile(cluster.kubeconfig)
  const [out, logged] = [new PassThrough(), new PassThrough()]
  const ended = Promise.withResolvers<V1Status>()
  const command = ['sh', '-c', 'hostname; exit 3']
  await new Exec(config).exec('default', pod, 'kubia', command, out, null, null, false, ended.resolve)
  assert.deepEqual((await ended.promise).details?.causes, [{ reason: 'ExitCode', message: '3' }])
  assert.equal(String(out.read()), `${pod}\n`)
  await new Log(config).log('default', pod, 'kubia', logged, { tailLines: 1 })
  assert.equal(await text(logged), '')
  const forward = createServer((socket) => void new PortForward(config).portForward('default', pod, [8080], socket, null, socket))
  forward.listen(0, '127.0.0.1')
  await once(forward, 'listening')
  const answer = await fetch(`http://127.0.0.1:${(forward.address() as AddressInfo).port}/`, { headers: { connection: 'close' } })
  assert.equal(await answer.text(), `You've hit ${pod}\n`)
  forward.close()
})

test('port-forward to a Service and to a Pod [DSC-9]', async () => {
  for (const target of ['service/kubia', `pod/${pod}`]) {
    const args = ['port-forward', target, target.startsWith('pod') ? ':8080' : ':80']
    const forwarding = spawn(await kubectlPath('1.36'), args, { env: { ...process.env, KUBECONFIG: cluster.kubeconfig } })
    try {
      const [line] = (await once(createInterface(forwarding.stdout), 'line')) as [string]
      const [, port] = /^Forwarding from 127.0.0.1:(\d+)/.exec(line) ?? []
      for (let time = 0; time < 3; time++) {
        const answer = await fetch(`http://127.0.0.1:${port}/`)
        assert.match(await answer.text(), /^You've hit kubia-/)
      }
    } finally {
      forwarding.kill()
    }
  }
})

test("a node's own output is read through the API server, by its name and with its port [DSC-9] [POD-5]", async () => {
  for (const node of ['node1', 'node1:10250'])
    assert.match(await cluster.kubectl(`get --raw /api/v1/nodes/${node}/proxy/logs/`), /<a href="pods\/">/)
})
