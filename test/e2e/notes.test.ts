/**
 * The manifests of study notes about Services as they are written there, in real images under the names that such notes use, and
 * the notes' commands.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { loadImages, missing } from './notes/images.ts'

const NOTES = join(import.meta.dirname, 'notes')

describe('notes', { skip: missing }, () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await testCluster()
    await loadImages(cluster)
  })
  after(() => cluster.remove())

  const field = (what: string, path: string): Promise<string> =>
    cluster.kubectlWords(['get', ...what.split(' '), '-o', `jsonpath={${path}}`])
  const namesOf = async (app: string): Promise<string[]> =>
    (await field(`pods -l app=${app}`, '.items[*].metadata.name')).split(' ').filter(Boolean).toSorted()
  const inPod = (whom: string, command: string): Promise<string> => cluster.kubectl(`exec ${whom} -- ${command}`)
  const curl = (whom: string, ...args: readonly string[]): Promise<string> =>
    inPod(whom, `curl -s --max-time 2 ${args.join(' ')}`)
  const apply = (...files: readonly string[]): Promise<string> =>
    cluster.kubectl(`apply ${files.map((file) => `-f ${NOTES}/${file}`).join(' ')}`)
  /** A controller of Pods `app=NAME` that has what it needs already. */
  const run = async (kind: 'Deployment' | 'ReplicaSet', name: string, image: string, replicas = 1): Promise<void> => {
    await cluster.kubectl('apply -f -', workload(kind, name, image, replicas))
    await eventually(async () => assert.equal(await field(`${kind} ${name}`, '.status.readyReplicas'), String(replicas)), {
      within: 30_000,
    })
  }
  /** Each of these Pods, and nothing else, answers. */
  const allAnswer = (client: string, pods: readonly string[], ...how: readonly string[]): Promise<void> =>
    eventually(async () => {
      const said = new Set<string>()
      for (let i = 0; i < 12; i++) said.add((await curl(client, ...how)).trim())
      assert.deepEqual(
        [...said].toSorted(),
        pods.map((pod) => `You've hit ${pod}`),
      )
    })

  test('kubia: one address for three Pods, then two ports behind it [SVC-1] [SVC-3] [SVC-5] [NET-2] [POD-3]', async () => {
    await run('ReplicaSet', 'kubia', 'luksa/kubia', 3)
    await cluster.kubectl(`create -f ${NOTES}/kubia-svc.yaml`)
    const [pods, ip] = [await namesOf('kubia'), await field('svc kubia', '.spec.clusterIP')]
    assert.match(await cluster.kubectl('get svc'), new RegExp(`kubia +ClusterIP +${ip} +<none> +80/TCP`))
    await allAnswer(pods[0]!, pods, `http://${ip}`)

    await apply('kubia-ports.yaml')
    assert.equal(await field('svc kubia', '.spec.clusterIP'), ip)
    await allAnswer(pods[0]!, pods, `http://${ip}`)
    await allAnswer(pods[0]!, pods, '-k', `https://${ip}`)
  })

  test('sleep: a Pod is pinged by its address, the one after it has another, and a Service is a name but no echo [NET-1] [DSC-1]', async () => {
    for (const name of ['sleep-1', 'sleep-2']) await run('Deployment', name, 'kiamol/ch03-sleep')
    await cluster.kubectl('wait --for=condition=Ready pod -l app=sleep-2')
    const podIP = (): Promise<string> => cluster.kubectl('get pod -l app=sleep-2 --output jsonpath={.items[0].status.podIP}')
    const first = await podIP()
    assert.match(await inPod('deploy/sleep-1', `ping -c 2 ${first}`), /2 packets transmitted, 2 packets received/)
    await cluster.kubectl('delete pod -l app=sleep-2')
    await eventually(async () => assert.match(await podIP(), /^10\./))
    assert.notEqual(await podIP(), first)

    await apply('sleep-service.yaml')
    assert.match(await cluster.kubectl('get svc sleep-2'), /sleep-2 +ClusterIP +10\./)
    await assert.rejects(inPod('deploy/sleep-1', 'ping -W 1 -c 1 sleep-2'), /exit code 1/)
    await assert.rejects(inPod('deploy/sleep-1', 'ping -W 1 -c 1 sleep-3'), /bad address 'sleep-3'/)
  })

  test('numbers: the web Pod finds the API once there is a Service, past the death of its Pod [DSC-1] [SVC-2] [POD-2]', async () => {
    for (const part of ['api', 'web']) await run('Deployment', `numbers-${part}`, `kiamol/ch03-numbers-${part}`)
    const web = (): Promise<string> => curl('deploy/numbers-web', 'http://localhost')
    assert.equal(await web(), 'RNG service unavailable!\n')
    await apply('numbers-api.yaml')
    await eventually(async () => assert.match(await web(), /^\d+\n$/))
    const before = await namesOf('numbers-api')
    await cluster.kubectl('delete pod -l app=numbers-api')
    await eventually(async () => assert.match(await web(), /^\d+\n$/))
    assert.notDeepEqual(await namesOf('numbers-api'), before)
  })

  test('my-service: a port of another number, a port of a name, several ports, endpoints of somebody else [SVC-4] [SVC-5] [SVC-6] [EPS-4]', async () => {
    await cluster.kubectl(
      'run my-app --image=example/my-app:1 --labels=app.kubernetes.io/name=MyApp --grace-period=0 --restart=Never',
    )
    await apply('named-port.yaml', 'my-service.yaml')
    await cluster.kubectl('wait --for=condition=Ready pod my-app nginx')
    await eventually(async () => assert.match(await curl('my-app', 'http://nginx-service'), /Welcome to nginx!/))
    await eventually(async () => assert.equal(await curl('my-app', 'http://my-service'), '9376\n'))
    await apply('multi-port.yaml')
    await eventually(async () => assert.equal(await curl('my-app', '-k', 'https://my-service'), '9377\n'))
    assert.equal(await curl('my-app', 'http://my-service'), '9376\n')
    await apply('external-ips.yaml')
    await cluster.outside('ip', 'route', 'add', '198.51.100.32', 'via', '192.168.1.3')
    await eventually(async () => assert.equal((await cluster.outside('curl', '-s', 'http://198.51.100.32')).out, '49152\n'))

    await cluster.kubectl('delete svc my-service')
    await apply('without-selector.yaml', 'endpoint-slice.yaml')
    assert.match(await cluster.kubectl('describe svc my-service'), /Endpoints: +10\.4\.5\.6:9376,10\.1\.2\.3:9376/)
  })

  test('mynapp: a client keeps its Pod, and Pods have the Service in their variables [SVC-10] [NET-8] [DSC-7] [EPS-3]', async () => {
    await run('ReplicaSet', 'mynapp-rs', 'luksa/kubia', 2)
    await cluster.kubectl('expose rs mynapp-rs --port=80 --target-port=8080 --type=NodePort --name mynapp-nodeport')
    await apply('mynapp-svc.yml')
    await eventually(async () => assert.match(await cluster.kubectl('get endpoints mynapp-svc'), /(10\.244\.[\d.]+:8080,?){2}/))
    const before = await namesOf('mynapp-rs')
    await allAnswer('my-app', before, 'http://mynapp-nodeport')
    await eventually(async () => assert.match(await curl('my-app', 'http://mynapp-svc'), /You've hit/))
    const kept = await curl('my-app', 'http://mynapp-svc')
    for (let i = 0; i < 8; i++) assert.equal(await curl('my-app', 'http://mynapp-svc'), kept)

    await cluster.kubectl('scale rs mynapp-rs --replicas=3')
    await eventually(async () => assert.equal(await field('rs mynapp-rs', '.status.readyReplicas'), '3'))
    const [young = ''] = (await namesOf('mynapp-rs')).filter((name) => !before.includes(name))
    const variables = await inPod(young, 'env')
    assert.match(variables, new RegExp(`^MYNAPP_SVC_SERVICE_HOST=${await field('svc mynapp-svc', '.spec.clusterIP')}$`, 'm'))
    assert.match(variables, /^MYNAPP_SVC_SERVICE_PORT=80$/m)
  })
})

const workload = (kind: string, name: string, image: string, replicas: number): string => {
  const labels = { app: name }
  const container = { name: 'main', image, imagePullPolicy: 'IfNotPresent' }
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } }
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template },
  })
}
