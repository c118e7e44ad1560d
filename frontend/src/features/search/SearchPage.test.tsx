import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { server } from "../../../test/server";
import { answer, collection, id, problem, serve, type Asked } from "./test/fixtures";
import { showPage } from "./test/page";

const TOKEN = "token1";
const PICTURE = new File([new Uint8Array([1])], "cat.jpg", { type: "image/jpeg" });
const BY_TOKEN = `/?collection=demo&query=${TOKEN}&size=400x300`;

function takePictures() {
  let taken = 0;
  server.use(
    http.post("/api/v1/queries", () => {
      taken += 1;
      return HttpResponse.json(
        { query: TOKEN, id: id(1), width: 400, height: 300, expires_at: "2030-01-01T00:00:00Z" },
        { status: 201 },
      );
    }),
  );
  return () => taken;
}

const pictures = () => screen.findAllByRole("button", { name: /, score/ });

describe("a picture comes in", () => {
  it("by choosing a file, and its hits are shown", async () => {
    const asked = serve();
    const taken = takePictures();
    const router = showPage();
    await userEvent.upload(await screen.findByLabelText("Choose a picture", { selector: "input" }), PICTURE);
    expect(await pictures()).toHaveLength(5);
    expect(taken()).toBe(1);
    expect(asked()[0]).toMatchObject({ query: TOKEN, extractor: "hist-basic", metric: "chi2", positive: [] });
    expect(router.state.location.search).toContain(`query=${TOKEN}`);
    expect(screen.getByRole("heading", { name: "5 images" })).toBeInTheDocument();
  });

  it("by dropping a file anywhere", async () => {
    serve();
    takePictures();
    showPage();
    await screen.findByRole("heading", { name: "What does it look like?" });
    fireEvent.drop(document.body, { dataTransfer: { files: [PICTURE], getData: () => "" } });
    expect(await pictures()).toHaveLength(5);
  });

  it("by pasting, but not where a person writes", async () => {
    serve();
    const taken = takePictures();
    showPage();
    const clipboardData = { files: [PICTURE], getData: () => "" };
    fireEvent.paste(await screen.findByLabelText("Find by words"), { clipboardData });
    expect(taken()).toBe(0);
    fireEvent.paste(document.body, { clipboardData });
    expect(await pictures()).toHaveLength(5);
    expect(taken()).toBe(1);
  });

  it("by its address, where the server may fetch it", async () => {
    serve({ urlQueries: true });
    const urls: unknown[] = [];
    server.use(
      http.post("/api/v1/queries", async ({ request }) => {
        urls.push(await request.json());
        return HttpResponse.json(
          { query: TOKEN, id: id(1), width: 400, height: 300, expires_at: "2030-01-01T00:00:00Z" },
          { status: 201 },
        );
      }),
    );
    showPage();
    await userEvent.type(
      await screen.findByLabelText("Address of a picture"),
      "https://example.org/a.jpg{Enter}",
    );
    expect(await pictures()).toHaveLength(5);
    expect(urls).toEqual([{ url: "https://example.org/a.jpg" }]);
  });

  it("and no address is asked for where the server may not fetch", async () => {
    serve();
    showPage();
    await screen.findByRole("heading", { name: "What does it look like?" });
    expect(screen.queryByLabelText("Address of a picture")).not.toBeInTheDocument();
  });

  it("and a text file is refused in place, without asking the server", async () => {
    serve();
    const taken = takePictures();
    showPage(BY_TOKEN);
    await pictures();
    const text = new File(["hello"], "notes.txt", { type: "text/plain" });
    fireEvent.drop(document.body, { dataTransfer: { files: [text], getData: () => "" } });
    expect(await screen.findByRole("alert")).toHaveTextContent("notes.txt was not taken");
    expect(await pictures()).toHaveLength(5);
    expect(taken()).toBe(0);
  });

  it("and one that is too large is named with the server's remedy", async () => {
    serve();
    server.use(
      http.post("/api/v1/queries", () =>
        problem(413, "The picture is larger than 50 MiB.", "Send a smaller one."),
      ),
    );
    showPage();
    await screen.findByRole("heading", { name: "What does it look like?" });
    fireEvent.drop(document.body, { dataTransfer: { files: [PICTURE], getData: () => "" } });
    expect(await screen.findByRole("alert")).toHaveTextContent(/larger than 50 MiB\.\s*Send a smaller one\./);
  });

  it("and after a lost connection the same file is sent again", async () => {
    serve();
    server.use(http.post("/api/v1/queries", () => HttpResponse.error(), { once: true }));
    showPage();
    await screen.findByRole("heading", { name: "What does it look like?" });
    fireEvent.drop(document.body, { dataTransfer: { files: [PICTURE], getData: () => "" } });
    const retry = await screen.findByRole("button", { name: "Try again" });
    takePictures();
    await userEvent.click(retry);
    expect(await pictures()).toHaveLength(5);
  });
});

describe("extractor and metric", () => {
  it("are changed without sending the picture again", async () => {
    const asked = serve();
    const taken = takePictures();
    const router = showPage(BY_TOKEN);
    await pictures();
    await userEvent.click(screen.getByRole("combobox", { name: "How it is compared" }));
    await userEvent.click(await screen.findByRole("option", { name: /Cosine similarity/ }));
    await waitFor(() => {
      expect(asked().at(-1)).toMatchObject({ query: TOKEN, metric: "cosine" });
    });
    expect(taken()).toBe(0);
    expect(router.state.location.search).toContain("metric=cosine");
    await router.navigate(-1);
    await waitFor(() => {
      expect(router.state.location.search).not.toContain("metric=cosine");
    });
  });

  it("keep the old ranking in sight until the new one is there", async () => {
    serve();
    showPage(BY_TOKEN);
    await pictures();
    server.use(
      http.post("/api/v1/search", async ({ request }) => {
        await delay(150);
        return HttpResponse.json(answer((await request.json()) as Asked, 2));
      }),
    );
    await userEvent.click(screen.getByRole("combobox", { name: "How it is compared" }));
    await userEvent.click(await screen.findByRole("option", { name: /Cosine similarity/ }));
    expect(screen.getAllByRole("button", { name: /, score/ })).toHaveLength(5);
    await waitFor(() => {
      expect(screen.getAllByRole("button", { name: /, score/ })).toHaveLength(2);
    });
  });

  it("explain themselves with a formula", async () => {
    serve();
    showPage(BY_TOKEN);
    await pictures();
    const explanations = [...document.querySelectorAll("p")].map(({ textContent }) => textContent);
    expect(explanations).toContain("Colours and where they are. 8 numbers");
    expect(explanations).toContain("About Chi-squared distance. ½ Σ (A−B)²/(A+B), smaller is closer");
  });

  it("grey out a metric that the descriptor does not allow, with the reason", async () => {
    serve();
    showPage(`${BY_TOKEN}&extractor=coded`);
    await pictures();
    await userEvent.click(screen.getByRole("combobox", { name: "How it is compared" }));
    const option = await screen.findByRole("option", { name: /Chi-squared/ });
    expect(option).toHaveAttribute("data-combobox-disabled", "true");
    expect(option).toHaveTextContent("It has negative numbers.");
  });

  it("say how to get weights that are missing", async () => {
    serve();
    showPage(BY_TOKEN);
    await pictures();
    await userEvent.click(screen.getByRole("combobox", { name: "What is compared" }));
    const option = await screen.findByRole("option", { name: /cnn-basic/ });
    expect(option).toHaveAttribute("data-combobox-disabled", "true");
    expect(option).toHaveTextContent("Run cbir weights fetch vgg16-dense.");
  });

  it("takes off what all images share only where the metric can, and says why not elsewhere", async () => {
    const asked = serve();
    const router = showPage(`${BY_TOKEN}&extractor=hist-basic&metric=cosine`);
    await pictures();
    await userEvent.click(await screen.findByRole("button", { name: "Narrow down" }));
    await userEvent.click(await screen.findByRole("switch", { name: "Count less what all images share" }));
    await waitFor(() => {
      expect(asked().at(-1)).toMatchObject({ metric: "cosine", centred: true });
    });
    expect(router.state.location.search).toContain("query-is=centred");
    await act(() => router.navigate(`${BY_TOKEN}&extractor=hist-basic&metric=chi2&query-is=centred`));
    await waitFor(() => {
      expect(asked().at(-1)).toMatchObject({ metric: "chi2", centred: false });
    });
    const off = screen.getByRole("switch", { name: "Count less what all images share" });
    expect(off).toBeDisabled();
    expect(off).toHaveAccessibleDescription("Only with Euclidean distance and cosine similarity.");
  });

  it("replace a metric that the new extractor does not allow by its own", async () => {
    const asked = serve();
    showPage(`${BY_TOKEN}&metric=chi2`);
    await pictures();
    await userEvent.click(screen.getByRole("combobox", { name: "What is compared" }));
    await userEvent.click(await screen.findByRole("option", { name: /coded/ }));
    await waitFor(() => {
      expect(asked().at(-1)).toMatchObject({ extractor: "coded", metric: "cosine" });
    });
  });
});

describe("the ranking", () => {
  it("loads its next page when the end comes near", async () => {
    const asked = serve({ total: 130 });
    showPage(BY_TOKEN);
    await pictures();
    fireEvent.scroll(window, { target: { scrollY: 100_000 } });
    await waitFor(() => {
      expect(asked().some(({ offset }) => offset === 60)).toBe(true);
    });
    expect(asked()[0]).toMatchObject({ k: 60, offset: 0 });
  });

  it("says plainly that nothing is similar, and shows the nearest all the same", async () => {
    serve();
    server.use(
      http.post("/api/v1/search", async ({ request }) =>
        HttpResponse.json(answer((await request.json()) as Asked, 3, { nothing_similar: true })),
      ),
    );
    showPage(BY_TOKEN);
    expect(await screen.findByText("Nothing in this collection is really similar.")).toBeInTheDocument();
    expect(await pictures()).toHaveLength(3);
  });

  it("does not announce nearest images where filters have left none", async () => {
    serve();
    server.use(
      http.post("/api/v1/search", async ({ request }) =>
        HttpResponse.json(answer((await request.json()) as Asked, 0, { nothing_similar: true })),
      ),
    );
    showPage(`${BY_TOKEN}&text=zeppelin`);
    expect(await screen.findByText("No image is left.")).toBeInTheDocument();
    expect(screen.queryByText("Nothing in this collection is really similar.")).toBeNull();
  });

  it("sends what is liked and disliked as lists, with the picture first", async () => {
    const asked = serve();
    const router = showPage(BY_TOKEN);
    const cells = within(await screen.findByRole("grid", { name: "Results" })).getAllByRole("gridcell");
    const [first, second] = cells;
    if (!first || !second) throw new Error("two hits are needed");
    await userEvent.click(within(first).getByRole("button", { name: "More of this" }));
    await waitFor(() => {
      expect(asked().at(-1)).toMatchObject({
        query: null,
        image_id: null,
        positive: [
          { query: TOKEN, crop: null },
          { id: id(1), crop: null },
        ],
        negative: [],
      });
    });
    await userEvent.click(
      within(screen.getAllByRole("gridcell")[1] ?? second).getByRole("button", { name: "Less of this" }),
    );
    await waitFor(() => {
      expect(asked().at(-1)?.negative).toEqual([{ id: id(2), crop: null }]);
    });
    expect(router.state.location.search).toContain(`like=${id(1)}&dislike=${id(2)}`);
  });

  it("leads on to images like one of its hits", async () => {
    const asked = serve();
    showPage(BY_TOKEN);
    const cells = await screen.findAllByRole("gridcell");
    await userEvent.click(
      within(cells[2] as HTMLElement).getByRole("button", { name: "Find images like this one" }),
    );
    await waitFor(() => {
      expect(asked().at(-1)).toMatchObject({ image_id: id(3), query: null });
    });
  });

  it("is walked over with arrow keys, and Enter opens a hit that Escape closes", async () => {
    serve();
    showPage(BY_TOKEN);
    const [first, second] = await pictures();
    first?.focus();
    await userEvent.keyboard("{ArrowRight}");
    expect(second).toHaveFocus();
    await userEvent.keyboard("{Enter}");
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("holiday/2.jpg");
    expect(within(dialog).getByRole("link", { name: "Why this image" })).toHaveAttribute(
      "href",
      expect.stringContaining(`hit=${id(2)}`),
    );
    await userEvent.keyboard("{Escape}");
    await waitFor(() => {
      expect(screen.queryByRole("dialog")).toBeNull();
    });
  });
});

describe("what is no longer there", () => {
  it("a picture that the server has forgotten is asked for again, and all else stays", async () => {
    serve();
    server.use(
      http.post("/api/v1/search", () =>
        problem(404, "This query is not known any more.", "Send the picture again.", "query"),
      ),
    );
    const router = showPage(`${BY_TOKEN}&metric=cosine`);
    expect(await screen.findByText("The server no longer has the picture.")).toBeInTheDocument();
    expect(screen.getByLabelText("Choose a picture", { selector: "input" })).toBeInTheDocument();
    expect(router.state.location.search).toContain("metric=cosine");
  });

  it("in the place of a deleted collection the others are offered", async () => {
    const asked = serve();
    showPage(`/?collection=gone&query=${TOKEN}&size=400x300`);
    expect(await screen.findByText("The collection gone is not there any more.")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "demo" }));
    expect(await pictures()).toHaveLength(5);
    expect(asked().at(-1)).toMatchObject({ query: TOKEN });
  });

  it("without any image the first start takes over", async () => {
    serve({ collections: [collection("pictures", 0)] });
    showPage();
    expect(await screen.findByText("start page")).toBeInTheDocument();
  });

  it("a server that is away is said so, and asked again on demand", async () => {
    serve();
    let away = true;
    server.use(http.post("/api/v1/search", () => (away ? HttpResponse.error() : undefined)));
    showPage(BY_TOKEN);
    const retry = await screen.findByRole("button", { name: "Try again" });
    away = false;
    await userEvent.click(retry);
    expect(await pictures()).toHaveLength(5);
  });
});
