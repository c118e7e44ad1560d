/** English texts of the pages that explain: why an image was found, and what descriptors see. */
const percent = (share: number) => `${Math.round(100 * share)}`;
/** With characters at which no line breaks. */
const span = ([from, to]: readonly [number, number], text: (end: number) => string, unit: string) =>
  `${text(from)}\u2060–\u2060${text(to)}${unit}`;

const names: Readonly<Record<string, string>> = {
  ellipse: "Middle (ellipse)",
  "top-left": "Top left",
  "top-right": "Top right",
  "bottom-right": "Bottom right",
  "bottom-left": "Bottom left",
};

export const strings = {
  whyTitle: "Why this image?",
  back: "Back to the results",
  again: "Search again",
  nothingAsked: "This address does not say which image is explained, or for which query.",
  nothingAskedRemedy: "Open an image of a search's results and choose “Why this image?” there.",
  loading: "Taking the score apart …",
  query: "Query",
  hit: "This image",
  others: (count: number) => `and ${count} more marked ${count === 1 ? "image" : "images"}`,
  mixed: "The query is mixed from several images; the first is shown, so nothing is drawn on it.",
  seeQuery: "What the descriptor sees in the query",
  seeHit: "What the descriptor sees in this image",
  together: "What brought them together",
  apart: "What kept them apart",
  drawn: "Drawn on the pictures",
  drawnTogether: "Together",
  drawnApart: "Apart",
  regionNote: "Numbers on the pictures: a region's share of the sum. Stronger colour: larger share.",
  scoreTitle: "How the score is made",
  score: "Score",
  larger: "larger is closer",
  smaller: "smaller is closer",
  sumOf: (what: string) => `Σ ${what}`,
  eachApart: "apart, of each number",
  eachTogether: "together, of each number",
  follows: "score",
  formulaKey: "A is the query's number, B the image's; Σ adds up all of them.",
  numbers: (dims: number) => `${dims.toLocaleString("en")} numbers compared`,
  by: {
    region: "By region",
    colour: "By colour, all regions together",
    layer: "By layer",
    channel: "By channel",
    dimension: "By single number",
  } as Readonly<Record<string, string>>,
  dimensionOf: {
    colours: "By colour in a region",
    channels: "By channel and strength",
    values: "By dimension",
  },
  valuesNote: "A neural code's numbers have no names; those that matter most here are listed by their place.",
  of: (shown: number, all: number) => `${shown.toLocaleString("en")} of ${all.toLocaleString("en")}`,
  what: "What",
  values: "Query and image",
  drawnShare: "As a bar",
  share: "Share of the sum",
  likeness: "Likeness",
  likenessNote:
    "Likeness is what both have in common, divided by the mean of their values: it can be compared between layers of different size.",
  silent: (silent: number, shown: number) =>
    shown === 0
      ? `The ${silent} most alike are the same in both pictures, as a rule because they are silent in both. What kept them apart says more.`
      : `Left out as they are the same in both pictures, as a rule silent in both: ${silent}.`,
  none: "Nothing: every share is 0.",
  more: (count: number) => `Show ${count} more`,
  fewer: "Show fewer",
  regionName: (name: string) => names[name] ?? name,
  colourName: (colour: {
    readonly hue: readonly [number, number];
    readonly saturation: readonly [number, number];
    readonly value: readonly [number, number];
  }) =>
    `Hue ${span(colour.hue, (end) => `${Math.round(end)}`, "°")}, saturation ${span(colour.saturation, percent, "\u00a0%")}, value ${span(colour.value, percent, "\u00a0%")}`,
  channelName: (channel: number) => `channel ${channel}`,
  levels: ["weak", "middling", "strong"] as readonly string[],
  dimensionName: (dim: number) => `Dimension ${dim}`,
  maps: (name: string) => `${name}: show its maps of this image`,
  regionIs: (region: string, what: string) => `${region}: ${what}`,
  ranksTitle: "Why not higher? Its place under every metric",
  ranksNote:
    "The same query and descriptor. Closeness: the share of random pairs of the collection that are farther apart.",
  ranking: "Ranking under every metric …",
  metric: "Metric",
  rank: "Rank",
  closeness: "Closeness",
  chosen: "chosen",
  rankOf: (rank: number) => rank.toLocaleString("en"),
  beyond: (images: number) => `after ${images.toLocaleString("en")} others or more`,
  leftOut: "left out by the search's filters",
  unknown: "unknown",
  pictureFailed: "This picture cannot be shown: its file may have been moved or deleted.",
  pictureExpired: "The picture is not kept any more. Send it again to see it here.",

  seeTitle: "What the descriptor sees",
  noImage: "This address names no image.",
  noImageRemedy: "Open an image of a search's results and choose “What the descriptor sees” there.",
  noExtractor: "There is no descriptor to show in this collection.",
  searchLike: "Search with this image",
  seeing: "Reading the descriptor …",
  wholeImage: "The whole image is shown: what is stored describes all of it.",
  outside: "A picture from outside",
  indexed: (path: string) => path || "An image of the collection",
  coloursTitle: "How much of each colour each region holds",
  coloursNote: "81 colours: 9 hues, from left to right, each with 3 saturations of 3 values.",
  scale: "Scale",
  linear: "Linear",
  log: "Logarithmic",
  logNote: "A step is a factor of ten; what is below 0.01 % stands on the ground line.",
  chart: (region: string) => `Colours of the region ${region}`,
  table: "As a table",
  colour: "Colour",
  regionShare: "Share of the region",
  emptyRegion: "This region has no pixels.",
  valuesTitle: (dims: number) => `${dims.toLocaleString("en")} values`,
  gridNote: (columns: number, rows: number) =>
    `${columns} × ${rows} values, row by row. Move over it, or type a place, to read a value.`,
  gridLabel: (columns: number, rows: number) =>
    `A grid of ${columns} by ${rows} values, brighter where larger`,
  place: "Dimension",
  reading: (dim: number, row: number, column: number, value: string) =>
    `Dimension ${dim} (row ${row + 1}, column ${column + 1}): ${value}`,
  zeros: (share: string) => `${share} of them are 0.`,
  largest: "The largest values",
  value: "Value",
  legend: (low: string, high: string) => `From ${low} to ${high}`,
  channelsTitle: "Feature maps and their histograms",
  channelsNote:
    "Where the channels of five layers answer: black is silent, white is each map's own maximum. The descriptor keeps only how often each channel is weak, middling or strong.",
  layerSize: (channels: number, width: number, height: number) =>
    `${channels} channels, each ${width} × ${height}`,
  shownMaps: "Maps shown",
  all: (count: number) => `All ${count}`,
  montage: (layer: string) => `Maps of ${layer}; press one to see it large`,
  noMaps: "Feature maps are made for images of a collection, not for pictures from outside.",
  noMapsRemedy: "Add the picture to a collection to see its maps.",
  channel: "Channel",
  map: (layer: string, channel: number) => `Map of channel ${channel} of ${layer}`,
  mapsFailed: "The maps cannot be shown.",
  histogram: (layer: string, channel: number) => `How strongly channel ${channel} of ${layer} answers`,
  histograms: "Histograms of all channels",
  histogramsNote: "One column a channel, from weak below to strong above.",
} as const;
