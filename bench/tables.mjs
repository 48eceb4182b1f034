// The tables of docs/performance.md: what each runs, and how long that may take on two cores with nothing beside it.
//
//   targets   whose numbers come from it
//   args      of a whole run; `quickArgs` of one with fewer samples
//   budgetS   seconds that a whole run takes, `quickBudgetS` that a quick one takes
//   needs     commands and folders that peers and browsers bring, see peers/packages.mjs; without them their columns lack

/** @typedef {{ name: string, targets: string[], script: string, args: string[], quickArgs: string[], budgetS: number, quickBudgetS: number, needs: string[] }} Table */

const table = (name, { quickArgs, args, quickBudgetS, ...rest }) => ({
  name,
  script: `bench/${name}/run.mjs`,
  args,
  quickArgs: quickArgs ?? args,
  quickBudgetS: quickBudgetS ?? rest.budgetS,
  needs: [],
  ...rest,
});

const option = (text) => text.split(' ');
const LOADED = option('--table latency-loaded --load 60 --no-peer --silences none');
const PREPARED = option(
  '--table setup-prepared --servers prism --prepared --dcid 0 --rtts 100,200',
);
const TAIL = option('--table tail --subjects prism --calls 160');

/** @type {readonly Table[]} */
export const TABLES = [
  table('counts', { targets: ['T6', 'T11'], args: [], budgetS: 15 }),
  table('policy', { targets: ['T15'], args: [], budgetS: 30 }),
  table('startup', {
    targets: ['T14'],
    args: ['--runs', '20'],
    quickArgs: ['--runs', '7'],
    budgetS: 90,
    quickBudgetS: 35,
  }),
  table('connect', {
    targets: ['T9'],
    args: ['--calls', '100'],
    quickArgs: ['--calls', '50'],
    budgetS: 65,
    quickBudgetS: 40,
  }),
  table('latency', {
    targets: ['T1', 'T2', 'T3'],
    args: ['--seconds', '10'],
    quickArgs: ['--seconds', '4', '--silences', '0,68,200,478'],
    budgetS: 160,
    quickBudgetS: 130,
    needs: ['aiortc'],
  }),
  table('latency-loaded', {
    targets: ['T1'],
    script: 'bench/latency/run.mjs',
    args: [...LOADED, '--seconds', '10'],
    quickArgs: [...LOADED, '--seconds', '4'],
    budgetS: 110,
    quickBudgetS: 65,
  }),
  table('relay', {
    targets: ['T13'],
    args: ['--rounds', '3'],
    quickArgs: ['--seconds', '6', '--rounds', '1'],
    budgetS: 190,
    quickBudgetS: 65,
    needs: ['nginx'],
  }),
  table('overload', {
    targets: ['T12'],
    args: [],
    quickArgs: ['--refusals', '600'],
    budgetS: 60,
    quickBudgetS: 35,
  }),
  table('transport', {
    targets: ['T5'],
    args: [],
    quickArgs: ['--rounds', '2', '--seconds', '4', '--calls', '100,250'],
    budgetS: 320,
    quickBudgetS: 140,
    needs: ['janus'],
  }),
  table('loss', {
    targets: ['T10'],
    args: [],
    quickArgs: ['--offers', 'nothing,NACK,RED 1 + NACK', '--frames', '400'],
    budgetS: 140,
    quickBudgetS: 75,
    needs: ['aiortc'],
  }),
  table('setup', {
    targets: ['T8'],
    args: ['--rtts', '100,200', '--calls', '20'],
    quickArgs: ['--rtts', '100,200', '--calls', '6'],
    budgetS: 260,
    quickBudgetS: 90,
    needs: ['chromium', 'aiortc', 'janus'],
  }),
  table('setup-prepared', {
    targets: ['T8'],
    script: 'bench/setup/run.mjs',
    args: [...PREPARED, '--calls', '20'],
    quickArgs: [...PREPARED, '--calls', '8'],
    budgetS: 75,
    quickBudgetS: 40,
    needs: ['chromium'],
  }),
  table('bargein', {
    targets: ['T6', 'T7'],
    args: ['--count', '67'],
    quickArgs: ['--count', '8'],
    budgetS: 1_500,
    quickBudgetS: 170,
    needs: ['chromium', 'pulseaudio'],
  }),
  table('density', {
    targets: ['T4', 'T11'],
    args: ['--calls', '10,25,50,100,150,200', '--rounds', '2', '--profile'],
    quickArgs: ['--calls', '10,90', '--seconds', '8', '--profile'],
    budgetS: 1_800,
    quickBudgetS: 210,
    needs: ['aiortc', 'janus'],
  }),
  table('tail', {
    targets: ['T11'],
    script: 'bench/density/run.mjs',
    args: [...TAIL, '--seconds', '600'],
    quickArgs: [...TAIL, '--seconds', '60'],
    budgetS: 640,
    quickBudgetS: 100,
  }),
  table('workers', {
    targets: ['A1'],
    args: ['--calls', '10,15,20,25,30,35,40,45,50'],
    quickArgs: ['--share', '15', '--calls', '10,15,20,25,30,35', '--seconds', '4'],
    budgetS: 240,
    quickBudgetS: 100,
  }),
  table('observability', {
    targets: ['A2'],
    args: [],
    quickArgs: ['--rounds', '2'],
    budgetS: 240,
    quickBudgetS: 100,
  }),
  table('timeline', {
    targets: ['A3'],
    args: [],
    quickArgs: ['--count', '10'],
    budgetS: 180,
    quickBudgetS: 60,
    needs: ['chromium', 'pulseaudio'],
  }),
];
