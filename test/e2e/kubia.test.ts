/** The first example, as its reader goes through it: `kubectl create`, `exec`, `delete pod`, `scale`, `expose`, `down`, `up`. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/kubia')

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const jsonpath = (what: string, path: string): Promise<string> =>
  cluster.kubectlWords(['get', ...what.split(' '), '-o', `jsonpath=${path}`])
const podNames = async (selector = 'app=kubia'): Promise<string[]> =>
  (await jsonpath(`pods -l ${selector}`, '{.items[*].metadata.name}')).split(' ').filter(Boolean).sort()
const whenReady = (selector = 'app=kubia'): Promise<string> =>
  cluster.kubectl(`wait --for=condition=Ready pod -l ${selector} --timeout=60s`)

/** Who answers `times` requests from inside a Pod. */
async function answers(pod: string, url: string, times = 30): Promise<Set<string>> {
  const loop = `i=0; while [ $i -lt ${times} ]; do curl -s --max-time 5 ${url} || echo failed; i=$((i+1)); done`
  const out = await cluster.kubectlWords(['exec', pod, '--', 'sh', '-c', loop])
  return new Set(
    out
      .trim()
      .split('\n')
      .map((line) => line.replace("You've hit ", '')),
  )
}

test('three Pods answer behind one address, from inside a Pod [SVC-1] [SVC-3] [NET-2] [POD-1] [POD-5]', async () => {
  await cluster.kubectl(`create -f ${EXAMPLE}`)
  await whenReady()
  const names = await podNames()
  assert.equal(names.length, 3)
  const ip = await jsonpath('svc kubia', '{.spec.clusterIP}')
  assert.match(ip, /^10\./)
  await eventually(async () => assert.deepEqual(await answers(names[0]!, `http://${ip}`), new Set(names)))
  assert.match(await cluster.kubectl('get svc'), /kubia +ClusterIP +10\.\d+\.\d+\.\d+ +<none> +80\/TCP/)
  const nodes = new Set((await jsonpath('pods -l app=kubia', '{.items[*].spec.nodeName}')).split(' '))
  assert.equal(nodes.size, 2, 'the Pods are spread over both nodes')
})

test('a node port answers from outside on every node [NET-4] [SVC-8]', async () => {
  const names = await podNames()
  for (const node of ['192.168.1.2', '192.168.1.3']) {
    const loop = `i=0; while [ $i -lt 20 ]; do curl -s --max-time 5 http://${node}:30123; i=$((i+1)); done`
    const { out } = await cluster.outside('sh', '-c', loop)
    const hit = new Set(
      out
        .trim()
        .split('\n')
        .map((line) => line.replace("You've hit ", '')),
    )
    assert.ok(hit.size >= 2, `only ${[...hit].join(', ')} answered at ${node}`)
    for (const name of hit) assert.ok(names.includes(name), `${name} answered`)
  }
})

test('a cluster IP is not reachable from outside [NET-3]', async () => {
  const ip = await jsonpath('svc kubia', '{.spec.clusterIP}')
  assert.notEqual((await cluster.outside('curl', '-s', '--max-time', '1', `http://${ip}`)).code, 0)
})

test('the Service has a name in every Pod, short and long, and no other has [DSC-1]', async () => {
  const [pod = ''] = await podNames()
  for (const name of ['kubia', 'kubia.default', 'kubia.default.svc', 'kubia.default.svc.cluster.local']) {
    assert.match(
      await cluster.kubectlWords(['exec', pod, '--', 'curl', '-s', '--max-time', '5', `http://${name}`]),
      /You've hit kubia-/,
    )
  }
  await assert.rejects(cluster.kubectlWords(['exec', pod, '--', 'curl', '-s', '--max-time', '5', 'http://nosuch']), /exit code 6/)
})

test('deleted Pods come back under new names and addresses behind the same Service address [SVC-1] [SVC-2] [POD-2]', async () => {
  const [names, ip] = [await podNames(), await jsonpath('svc kubia', '{.spec.clusterIP}')]
  await cluster.kubectl('delete pod -l app=kubia')
  await eventually(async () => assert.equal((await podNames()).filter((name) => !names.includes(name)).length, 3))
  await whenReady()
  const fresh = await podNames()
  assert.ok(fresh.every((name) => !names.includes(name)))
  assert.equal(await jsonpath('svc kubia', '{.spec.clusterIP}'), ip)
  await eventually(async () => assert.deepEqual(await answers(fresh[0]!, `http://${ip}`), new Set(fresh)))
})

test('kubectl scale grows and shrinks what answers [POD-2] [EPS-1]', async () => {
  const ip = await jsonpath('svc kubia', '{.spec.clusterIP}')
  await cluster.kubectl('scale rs kubia --replicas=5')
  await eventually(async () => assert.equal((await podNames()).length, 5))
  await whenReady()
  const five = await podNames()
  await eventually(async () => assert.deepEqual(await answers(five[0]!, `http://${ip}`, 60), new Set(five)), { within: 20_000 })
  await cluster.kubectl('scale rs kubia --replicas=2')
  await eventually(async () => assert.equal((await podNames()).length, 2), { within: 20_000 })
  const two = await podNames()
  await eventually(async () => assert.deepEqual(await answers(two[0]!, `http://${ip}`), new Set(two)))
})

test('kubectl expose makes a Service of a ReplicaSet and of a Deployment [SVC-3] [POD-2]', async () => {
  await cluster.kubectl('expose rs kubia --port=8000 --target-port=8080 --name=exposed')
  const [pod = ''] = await podNames()
  await eventually(async () =>
    assert.match((await answers(pod, 'http://exposed:8000', 1)).values().next().value ?? '', /^kubia-/),
  )
  await cluster.kubectlWords([
    'create',
    'deployment',
    'web',
    '--image=host',
    '--replicas=2',
    '--port=8080',
    '--',
    'node',
    '-e',
    SERVER,
  ])
  await cluster.kubectl('rollout status deployment/web --timeout=60s')
  await cluster.kubectl('expose deployment web --type=NodePort --port=80 --target-port=8080')
  const port = await jsonpath('svc web', '{.spec.ports[0].nodePort}')
  await eventually(async () =>
    assert.match((await cluster.outside('curl', '-s', '--max-time', '2', `http://192.168.1.3:${port}`)).out, /^web-/),
  )
})

const SERVER = "require('http').createServer((q, r) => r.end(require('os').hostname() + '\\n')).listen(8080)"

test('a program in a Pod asks the API server with its own token, by the Service kubernetes [SVC-12] [DSC-8] [NET-1]', async () => {
  const [pod = ''] = await podNames()
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount'
  const ask = `curl -s --max-time 5 --cacert ${folder}/ca.crt -H "Authorization: Bearer $(cat ${folder}/token)" https://kubernetes.default.svc`
  const inPod = (path: string): Promise<string> => cluster.kubectlWords(['exec', pod, '--', 'sh', '-c', `${ask}${path}`])
  assert.match(await inPod('/version'), /"gitVersion": *"v1\.36/)
  const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'
  assert.match(
    await inPod(slices),
    /endpointslices\.discovery\.k8s\.io is forbidden: User \\"system:serviceaccount:default:default\\"/,
  )
  await cluster.kubectl('create clusterrolebinding readers --clusterrole=view --serviceaccount=default:default')
  await eventually(async () => assert.match(await inPod(slices), /"kind": *"EndpointSliceList"/))
})

test('kubectl describe tells what there is [EPS-3] [POD-5]', async () => {
  const described = await cluster.kubectl('describe svc kubia')
  assert.match(described, /Selector: +app=kubia/)
  assert.match(described, /TargetPort: +8080\/TCP/)
  assert.match(described, /Endpoints: +10\.244\.\d+\.\d+:8080/)
  const [pod = ''] = await podNames()
  assert.match(await cluster.kubectl(`describe pod ${pod}`), /Normal +Started .*Started container|Container started/)
  assert.match(await cluster.kubectl('get endpoints kubia'), /10\.244\.\d+\.\d+:8080/)
})

test('down and up again: every object and every Service address is there, and answers [SVC-2]', async () => {
  const addresses = await jsonpath(
    'svc',
    '{range .items[*]}{.metadata.name} {.spec.clusterIP} {.spec.ports[0].nodePort}{"\\n"}{end}',
  )
  assert.equal((await cluster.portolan('down')).code, 0)
  assert.equal((await cluster.portolan('up')).code, 0)
  assert.equal(
    await jsonpath('svc', '{range .items[*]}{.metadata.name} {.spec.clusterIP} {.spec.ports[0].nodePort}{"\\n"}{end}'),
    addresses,
  )
  const ip = await jsonpath('svc kubia', '{.spec.clusterIP}')
  await eventually(
    async () => {
      const names = await podNames()
      assert.deepEqual(await answers(names[0]!, `http://${ip}`), new Set(names))
    },
    { within: 30_000 },
  )
})

test('a deleted namespace takes everything in it along [POD-7]', async () => {
  await cluster.kubectl('create namespace shop')
  await cluster.kubectl('create service clusterip web --tcp=80:8080 -n shop')
  await cluster.kubectl('create configmap settings --from-literal=a=b -n shop')
  await cluster.kubectl('delete namespace shop --timeout=30s')
  await assert.rejects(cluster.kubectl('get namespace shop'), /NotFound/)
})
