import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, api, Problem, type Schemas } from "@/lib/api";
import { strings as shared } from "@/lib/strings";

const AWAY = shared.app.away;
const CONFLICT = 409;

/** The folders below one, or those at the top where `path` is empty. */
export function useFolders(path: string) {
  return useQuery({
    queryKey: ["folders", path],
    queryFn: ({ signal }) =>
      answered(
        api.GET("/api/v1/folders", { params: { query: { limit: 1000, ...(path ? { path } : {}) } }, signal }),
        AWAY,
      ),
  });
}

/** Index a folder into a collection, which is made if there is none of this name. */
export function useIndexFolder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, path }: { readonly name: string; readonly path: string }) => {
      await create(name);
      return answered<Schemas["Job"]>(
        api.POST("/api/v1/collections/{collection}/folders", {
          params: { path: { collection: name } },
          body: { path, remove_missing: false, replace_changed: false },
        }),
        AWAY,
      );
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["collections"] }),
  });
}

async function create(name: string): Promise<void> {
  try {
    await answered(api.POST("/api/v1/collections", { body: { name, extractors: null } }), AWAY);
  } catch (error) {
    if (!(error instanceof Problem && error.status === CONFLICT)) throw error;
  }
}
